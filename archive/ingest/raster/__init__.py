"""JPEG, PNG and TIFF files as scans."""
