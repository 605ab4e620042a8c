"""Where scans lie before the import: a folder, a bucket, a local copy."""
