"""Extraction of fields from words: each page is observed alone, then all pages of a scan are combined."""

from archive.extract.combine_pages import combine_pages
from archive.extract.findings import PageObservations
from archive.extract.observe_page import observe_page

__all__ = ["PageObservations", "combine_pages", "observe_page"]
