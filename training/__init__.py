"""What is trained for the program, and how; no part of it."""
