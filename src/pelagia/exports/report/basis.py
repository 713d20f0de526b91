"""What the figures of a result refer to: which volume of water, in which units, and the words that go with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pelagia.core.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A way of counting.

    Parameters
    ----------
    unit, unit_in_words
        Of the volume of water: ``mL``, ``millilitre``.
    per_volume, per_volume_adjusted
        The columns of ``counts`` with individuals per volume of water, as counted and adjusted for the model's
        mistakes; the latter is empty where nothing is adjusted.
    biovolumes_per_volume, biovolumes
        The columns of ``counts`` with biovolume; of several, the first that is known counts.
    biovolume_unit
        Of the biovolume itself.
    thing
        What is counted, in one word.
    counted
        What a count is a count of.
    size_unit, size_unit_um
        What diameters are told in, and how many µm that is.
    volume
        The name of the volume of water.
    """

    unit: str
    unit_in_words: str
    per_volume: str
    per_volume_adjusted: str
    biovolumes_per_volume: tuple[str, ...]
    biovolumes: tuple[str, ...]
    biovolume_unit: str
    thing: str
    counted: str
    size_unit: str
    size_unit_um: float
    volume: str

    @property
    def per_unit(self) -> str:
        """``per mL``."""
        return f"per {self.unit}"

    @property
    def estimates(self) -> tuple[str, ...]:
        """The columns of ``counts`` that have an interval, save biovolumes; what is adjusted stands behind its own."""
        if self.per_volume_adjusted:
            return ("counted", "adjusted", self.per_volume, self.per_volume_adjusted)
        return ("counted", self.per_volume)


IMAGED = Basis(
    unit="mL",
    unit_in_words="millilitre",
    per_volume="per_ml",
    per_volume_adjusted="per_ml_adjusted",
    biovolumes_per_volume=("biovolume_abd_um3_per_ml", "biovolume_esd_um3_per_ml"),
    biovolumes=("biovolume_abd_um3", "biovolume_esd_um3"),
    biovolume_unit="µm³",
    thing="particle",
    counted="images counted",
    size_unit="µm",
    size_unit_um=1.0,
    volume="volume imaged",
)
"""Particles that a camera saw in a volume of water."""

FILTERED = Basis(
    unit="m³",
    unit_in_words="cubic metre",
    per_volume="per_m3",
    per_volume_adjusted="",
    biovolumes_per_volume=("biovolume_ellipsoid_mm3_per_m3", "biovolume_sphere_mm3_per_m3"),
    biovolumes=("biovolume_ellipsoid_mm3", "biovolume_sphere_mm3"),
    biovolume_unit="mm³",
    thing="object",
    counted="objects counted",
    size_unit="mm",
    size_unit_um=1000.0,
    volume="volume filtered",
)
"""Organisms that a net filtered out of a volume of water."""


def basis_of(result: Result) -> Basis:
    """Return what the figures of a result refer to, as its table ``counts`` tells."""
    table = result.tables.get("counts")
    return basis_of_columns({column.name for column in table.columns} if table is not None else ())


def basis_of_columns(columns: Collection[str]) -> Basis:
    """Return what the figures of a table with these columns refer to."""
    return FILTERED if FILTERED.per_volume in columns else IMAGED
