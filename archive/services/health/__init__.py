"""Examining everything that an archive depends on."""
