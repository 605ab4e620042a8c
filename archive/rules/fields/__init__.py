"""Parsers and checks for single values: numbers, dates, names, labels, printed words."""
