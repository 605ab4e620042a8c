"""The nouns of the archive: frozen values without effects."""
