"""Shorelines of users: land polygons and lines with their kinds of coast."""
