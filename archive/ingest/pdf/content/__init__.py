"""Content streams of a PDF page: the objects that they paint and refer to."""
