"""Entries of the search index, made from records of the vault."""
