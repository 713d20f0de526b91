"""The report of a litter survey: maps, densities, classes of ground, items, and what is not known."""
