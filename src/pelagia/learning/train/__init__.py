"""Training: from labelled vignettes to a model package. The only part that needs torch."""
