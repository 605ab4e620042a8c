"""Importing scans: runs, batches, the folders and buckets that scans come from."""
