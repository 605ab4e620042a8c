"""Content of a PDF that no page shows; it is screened for secret marks too."""
