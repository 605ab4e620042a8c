"""Seals: Merkle roots over lists of stored versions."""
