"""Physics of the sea: fields, particles, weathering, coast, score, fit."""
