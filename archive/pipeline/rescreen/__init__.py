"""Kept scans screened again, and what people decided about their pages."""
