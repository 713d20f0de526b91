"""Underwater footage of a result: a player with boxes, tracks and a timeline; counts in time."""
