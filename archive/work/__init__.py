"""Running tasks elsewhere, with time and memory kept."""
