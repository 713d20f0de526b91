"""Shorelines: where they are, of which kind, and where a path meets them."""
