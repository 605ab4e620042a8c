"""Verification of the vault: every object, chain, reference, announced digest and seal."""
