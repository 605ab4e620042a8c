"""Services: the operations that commands and web pages call."""
