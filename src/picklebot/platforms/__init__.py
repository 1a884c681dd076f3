"""The platforms: each parses what it hears, and shows what is answered."""
