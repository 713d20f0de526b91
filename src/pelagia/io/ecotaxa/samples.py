"""What an EcoTaxa table says of its samples, gathered while its objects go by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.io.ecotaxa.values import volume_imaged_ml

DESCRIBING = ("sample_", "acq_", "process_")
EXACT = ("latitude", "longitude", "pixel_size_um")
RANGES = ("depth_min_m", "depth_max_m", "acquired_at_utc")


@dataclass(frozen=True, slots=True, kw_only=True)
class EcoTaxaSample:
    """What a table says of one sample.

    Parameters
    ----------
    sample_id
        Its name, ``""`` where the table has none.
    objects
        How many objects it has.
    latitude, longitude
        In degrees; ``None`` where objects differ (a towed instrument) or none is given.
    depth_min_m, depth_max_m, started_at_utc, ended_at_utc
        The range over its objects.
    pixel_size_um
        In µm; ``None`` where objects differ or none is given.
    volume_imaged_ml, volume_source
        In mL, and the field that says so; only where one does.
    fields
        All ``sample_…``, ``acq_…`` and ``process_…`` fields that have one value throughout.
    """

    sample_id: str
    objects: int
    latitude: float | None
    longitude: float | None
    depth_min_m: float | None
    depth_max_m: float | None
    started_at_utc: datetime | None
    ended_at_utc: datetime | None
    pixel_size_um: float | None
    volume_imaged_ml: float | None
    volume_source: str
    fields: dict[str, str]


@dataclass(slots=True)
class SampleGatherer:
    """Remembers of every sample a few values, however many objects it has."""

    objects: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    values: defaultdict[tuple[str, str], set[Any]] = field(default_factory=lambda: defaultdict(set))
    lowest: dict[tuple[str, str], Any] = field(default_factory=dict)
    highest: dict[tuple[str, str], Any] = field(default_factory=dict)

    def add(self, table: pa.Table, text: Mapping[str, pa.Array]) -> None:
        """Take a piece of the table: its normalised columns, and its columns as text."""
        samples = pc.fill_null(table["sample_id"].combine_chunks(), "")
        described = {name: texts for name, texts in text.items() if name.startswith(DESCRIBING)}
        exact = {name: table[name] for name in EXACT}
        for sample_id in pc.unique(samples).to_pylist():
            mine = pc.equal(samples, sample_id)
            self.objects[sample_id] += pc.sum(mine).as_py()
            for name, values in {**described, **exact}.items():
                seen = self.values[sample_id, name]
                if len(seen) < 2:
                    seen.update(pc.unique(pc.filter(values, mine)).to_pylist()[:3])
            for name in RANGES:
                self._widen((sample_id, name), pc.min_max(pc.filter(table[name], mine)).as_py())

    def samples(self) -> tuple[EcoTaxaSample, ...]:
        """Return what was gathered, by the name of the sample."""
        return tuple(self._sample(sample_id) for sample_id in sorted(self.objects))

    def _widen(self, key: tuple[str, str], found: Mapping[str, Any]) -> None:
        if found["min"] is not None:
            self.lowest[key] = min(found["min"], self.lowest.get(key, found["min"]))
            self.highest[key] = max(found["max"], self.highest.get(key, found["max"]))

    def _only(self, sample_id: str, name: str) -> Any:
        """Return the value all objects of a sample share, or ``None``."""
        values = self.values[sample_id, name] - {None}
        return next(iter(values)) if len(values) == 1 else None

    def _sample(self, sample_id: str) -> EcoTaxaSample:
        names = sorted(name for sample, name in self.values if sample == sample_id and name.startswith(DESCRIBING))
        texts = {name: self._only(sample_id, name) or "" for name in names}
        fields = {name: text.strip() for name, text in texts.items() if text.strip()}
        volume, volume_source = volume_imaged_ml(fields)
        return EcoTaxaSample(
            sample_id=sample_id,
            objects=self.objects[sample_id],
            latitude=self._only(sample_id, "latitude"),
            longitude=self._only(sample_id, "longitude"),
            depth_min_m=self.lowest.get((sample_id, "depth_min_m")),
            depth_max_m=self.highest.get((sample_id, "depth_max_m")),
            started_at_utc=self.lowest.get((sample_id, "acquired_at_utc")),
            ended_at_utc=self.highest.get((sample_id, "acquired_at_utc")),
            pixel_size_um=self._only(sample_id, "pixel_size_um"),
            volume_imaged_ml=volume,
            volume_source=volume_source,
            fields=fields,
        )
