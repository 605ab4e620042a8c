"""Where truth lies: objects, the vault above them, and their formats."""
