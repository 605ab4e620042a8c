"""Counting rules: which column a page is counted in, and as how many A4 pages."""
