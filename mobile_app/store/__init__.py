"""What is on the tablet: one encrypted SQLite file."""
