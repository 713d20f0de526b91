"""Scenes of the sea from satellites, radar and optical: which there are, where they lie, what their values mean."""
