"""Checks that coded image data are complete, one module a coding."""
