"""Oils: their table, and the relations that complete a record."""
