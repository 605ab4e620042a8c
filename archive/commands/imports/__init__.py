"""What `archive import` does before and beside the import itself: its PATHS, its questions, its dry run."""
