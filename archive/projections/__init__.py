"""Records of the vault as rows of what is derived from it."""
