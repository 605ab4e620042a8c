"""A learned screen for stamps of secrecy, in training; the program does not use it."""
