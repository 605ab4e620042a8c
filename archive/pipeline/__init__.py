"""The import of a scan, step by step; begin with journey.py."""
