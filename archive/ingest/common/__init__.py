"""Shared parts of raster and PDF files: the Document contract, errors, limits and page sizes."""
