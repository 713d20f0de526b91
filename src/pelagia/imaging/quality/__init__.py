"""How good a picture is: light, sharpness, particles, colour under water, and a fingerprint to find copies by."""

from pelagia.imaging.quality.fingerprint import distance, perceptual_hash
from pelagia.imaging.quality.light import exposure
from pelagia.imaging.quality.measures import Quality, measure_quality

__all__ = ["Quality", "distance", "exposure", "measure_quality", "perceptual_hash"]
