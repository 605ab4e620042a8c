"""Marks of state secrecy among the words of a page."""
