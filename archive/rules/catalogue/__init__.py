"""Kinds of results: read from data files."""
