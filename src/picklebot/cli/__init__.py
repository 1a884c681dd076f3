"""The command line. `main` loads nothing but the parser; each command brings what it needs."""
