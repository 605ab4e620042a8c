"""Searching records and showing one."""
