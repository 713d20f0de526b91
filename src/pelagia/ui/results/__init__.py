"""Results as pages: figures, charts, downloads, and the gallery in which people name what the machine saw."""
