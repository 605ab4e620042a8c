"""State secrecy after the import: screening again, withholding records."""
