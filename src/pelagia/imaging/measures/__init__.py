"""Measures of an object of a scan, as ImageJ and ZooProcess define them, exact or in their rounding."""

from pelagia.imaging.measures.catalogue import LEGACY_MEASURES, MEASURES, Measure
from pelagia.imaging.measures.derived import legacy
from pelagia.imaging.measures.measuring import measure

__all__ = ["LEGACY_MEASURES", "MEASURES", "Measure", "legacy", "measure"]
