"""The report of a consensus: boxes over the marks they come from, persons, parts of the training set."""
