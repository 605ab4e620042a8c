"""Benchmarks against peers: ratios side by side; nothing here asserts a time."""
