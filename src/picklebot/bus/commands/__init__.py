"""The chat commands, by what they are about. `desk` knows them all."""
