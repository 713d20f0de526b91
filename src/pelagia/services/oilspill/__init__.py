"""Oil spill: see the slick, forecast it, fit it."""
