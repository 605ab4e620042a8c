"""Scans made by us, with their truth."""
