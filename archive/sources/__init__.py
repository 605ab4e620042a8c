"""Sources of scans before the import: a folder, a bucket, a local copy."""
