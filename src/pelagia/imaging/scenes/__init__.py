"""Slicks on scenes of the sea: speckle, dark spots, anomalies, outlines, wind."""
