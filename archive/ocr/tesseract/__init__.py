"""Tesseract: as a library, as a program, its language data."""
