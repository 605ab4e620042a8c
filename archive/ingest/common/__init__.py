"""What raster files and PDF files share: the Document, its errors, limits and page sizes."""
