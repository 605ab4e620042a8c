"""Search index and page table in Elasticsearch."""
