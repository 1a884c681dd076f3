"""The page on which a person plays the users of both platforms."""
