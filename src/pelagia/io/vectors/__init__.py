"""Points, lines and polygons from the files people draw them in."""
