"""Single images in a PDF: their dictionaries, sizes, colours and palettes."""
