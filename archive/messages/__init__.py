"""The sentences that people see: one catalogue, by code and parameters."""
