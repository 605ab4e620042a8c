"""Ingest: opening scans and getting their page images."""
