"""What goes out of an ecosystem result: boxes and tracks for correction and training, series for data bases."""
