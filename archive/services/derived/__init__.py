"""Keeping search index and page table in step with the vault."""
