"""What a person can ask for: commands and web pages are built over these."""
