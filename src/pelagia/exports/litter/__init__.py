"""Litter results in the formats of maps, of annotation tools and of monitoring agencies."""
