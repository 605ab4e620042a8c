"""The object store, the vault above it, and the stored formats."""
