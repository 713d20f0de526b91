"""Foreign files in, arrays and records out."""
