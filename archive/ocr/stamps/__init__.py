"""Stamps that bear a mark of state secrecy, found on the page as scanned."""
