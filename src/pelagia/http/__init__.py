"""What the two web faces have in common: who is asking, limits, and how errors are told."""
