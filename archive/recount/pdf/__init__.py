"""PDF files measured again."""
