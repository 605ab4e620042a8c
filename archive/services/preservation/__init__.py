"""Keeping the vault whole: verify, copy, repair, reconcile, seal."""
