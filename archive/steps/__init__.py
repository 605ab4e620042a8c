"""The steps of the journey that pipeline.py walks through."""
