"""Vietnamese text and the comparison of words; no I/O."""
