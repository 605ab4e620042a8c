"""The run log: one file for each command that changes or checks something; counts, ids, codes, seconds, no text."""
