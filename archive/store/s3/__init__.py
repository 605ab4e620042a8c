"""Buckets: the vault's objects in one, scans that wait in another."""
