"""Search index and page table on this machine: tantivy and SQLite."""
