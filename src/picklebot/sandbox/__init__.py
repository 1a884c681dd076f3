"""Chat platforms on loopback, for tests and for playing: the real client libraries connect to them."""
