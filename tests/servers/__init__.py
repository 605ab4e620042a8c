"""Real servers for tests, on this machine's loopback alone."""
