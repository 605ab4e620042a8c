"""PDF files as scans."""
