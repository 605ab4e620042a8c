"""Page image preparation for OCR: borders, skew, ink, blank pages."""
