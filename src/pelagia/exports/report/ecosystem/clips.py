"""The clips and tows of a report: what the figures rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.tables import records

USABLE = "usable"
CLIPS_AT_MOST = 100
TOWS_AT_MOST = 100
_CLIP = (
    *("clip_id", "file", "kind", "site", "camera", "deployment", "started_utc", "duration_s", "height_px", "width_px"),
    *("recordings", "frames", "usable_frames", "searched_frames", "usable_s", "searched_s", "verdict", "interest"),
    *("quality", "detections", "tracks", "max_n", "is_whole"),
)
_TOW = (
    *("clip_id", "site", "camera", "deployment", "taxon", "counted_s", "openings", "systems", "systems_low"),
    *("systems_high", "distance_m", "distance_source", "counted_width_m", "area_m2", "density_per_m2", "density_low"),
    *("density_high", "edge_method", "bias_factor"),
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """The clips of a result: those listed, how many are not, and what holds of all.

    Parameters
    ----------
    verdicts
        Verdict and number of clips, usable ones first.
    recorded_s, usable_s, searched_s
        Sums over all clips; of series the time of usable pictures counts as recorded.
    first_utc, last_utc
        When the first and the last one begin; empty where no time is known.
    """

    rows: tuple[Row, ...]
    left_out: int
    verdicts: tuple[tuple[str, int], ...]
    recordings: int
    usable_s: float
    searched_s: float
    undated: int
    unplaced: int
    first_utc: str
    last_utc: str

    @property
    def number(self) -> int:
        """How many clips there are."""
        return len(self.rows) + self.left_out

    @property
    def searched_share(self) -> float | None:
        """Share of the usable time that the detector looked at."""
        return min(1.0, self.searched_s / self.usable_s) if self.usable_s else None


def read_clips(result: Result) -> Clips:
    """Return the clips: those with a verdict other than usable first, then in order."""
    good: list[Row] = []
    bad: list[Row] = []
    verdicts: Counter[str] = Counter()
    numbers = {"recordings": 0.0, "usable_s": 0.0, "searched_s": 0.0}
    starts: list[str] = []
    undated = unplaced = 0
    for row in records(result.tables["clips"], (*_CLIP, "latitude")):
        verdicts[row["verdict"] or USABLE] += 1
        for name in numbers:
            numbers[name] += row[name] or 0
        undated += not row["started_utc"]
        unplaced += row["latitude"] is None
        if row["started_utc"]:
            starts = [min([*starts[:1], row["started_utc"]]), max([*starts[1:], row["started_utc"]])]
        kept = good if (row["verdict"] or USABLE) == USABLE else bad
        if len(kept) < CLIPS_AT_MOST:
            kept.append(row)
    rows = (*bad, *good)[:CLIPS_AT_MOST]
    return Clips(
        rows=rows,
        left_out=verdicts.total() - len(rows),
        verdicts=tuple(sorted(verdicts.items(), key=lambda one: (one[0] != USABLE, -one[1], one[0]))),
        recordings=int(numbers["recordings"]),
        usable_s=numbers["usable_s"],
        searched_s=numbers["searched_s"],
        undated=undated,
        unplaced=unplaced,
        first_utc=starts[0] if starts else "",
        last_utc=starts[-1] if starts else "",
    )


def read_tows(result: Result) -> tuple[tuple[Row, ...], int]:
    """Return the tows that are listed, and how many are not."""
    table = result.tables.get("tows")
    if table is None:
        return (), 0
    rows: list[Row] = []
    for row in records(table, _TOW):
        if len(rows) == TOWS_AT_MOST:
            break
        rows.append(row)
    return tuple(rows), table.rows - len(rows)
