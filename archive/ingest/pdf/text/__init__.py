"""The text layer of a PDF page: its lines, its quality, the ink that it covers."""
