"""Search index and page table: derived from the vault, rebuilt at any time."""
