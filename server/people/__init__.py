"""People and enterprises: find, see, correct."""
