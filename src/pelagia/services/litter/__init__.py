"""Litter: drone photos and orthophotos to items on a map, and items per 100 m and per km²."""
