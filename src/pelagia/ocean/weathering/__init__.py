"""Weathering: what wind, water and time make of oil at the surface (after MEDSLIK-II)."""
