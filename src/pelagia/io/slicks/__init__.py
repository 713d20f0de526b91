"""Slicks that people drew or a satellite service reported."""
