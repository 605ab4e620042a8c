"""What the content streams of a PDF page paint and ask for."""
