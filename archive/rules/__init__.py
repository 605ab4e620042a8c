"""Rules of the field: pure, and mostly data."""
