"""Workers on this machine: a pool of processes."""
