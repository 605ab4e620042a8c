"""What a PDF holds and no page shows; it is screened too."""
