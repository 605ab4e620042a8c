"""Many blocking calls in threads at once, their results in order or as they complete."""
