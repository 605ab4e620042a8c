"""Counting pages for payment, and measuring stored originals again."""
