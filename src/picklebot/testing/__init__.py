"""The shipped test kit: fakes for the ports and the sandbox as fixtures."""
