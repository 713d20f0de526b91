"""A Result written in the formats of the field."""
