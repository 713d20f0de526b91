"""The figures of the summary that the time series tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pelagia.core.result import Figure
from pelagia.services.ecosystem.columns import ALL

TAXA_AT_MOST = 20
S_PER_H = 3600.0
SUMMARY_FIELDS = ("taxon", "max_n", "recorded_s", "usable_s", "is_gap")
"""The columns of the time series that the summary takes."""


def series_summary(rows: Iterable[Mapping[str, Any]], clips: Iterable[Mapping[str, Any]] = ()) -> dict[str, Figure]:
    """Return effort, MaxN by taxon, and the share of the usable time that was searched.

    Parameters
    ----------
    rows
        Of the time series; they may be read one by one.
    clips
        Rows of the table of clips, for the share that was searched; without them it is left out.
    """
    recorded_s = usable_s = 0.0
    bins = gaps = 0
    peaks: dict[str, int] = {}
    for row in rows:
        if row["taxon"] == ALL:
            recorded_s += row["recorded_s"] or 0.0
            usable_s += row["usable_s"] or 0.0
            bins += 1
            gaps += bool(row["is_gap"])
        elif row["max_n"]:
            peaks[row["taxon"]] = max(row["max_n"], peaks.get(row["taxon"], 0))
    return {
        "recorded_h": Figure(value=recorded_s / S_PER_H, description="Recorded", unit="h"),
        "usable_h": Figure(value=usable_s / S_PER_H, description="Usable", unit="h"),
        **_searched(clips),
        "bins": Figure(value=bins - gaps, description="Bins of the time series with usable footage"),
        "gaps": Figure(value=gaps, description="Gaps in the time series"),
        "taxa": Figure(value=len(peaks), description="Taxa counted"),
        **_peaks(peaks),
    }


def _searched(clips: Iterable[Mapping[str, Any]]) -> dict[str, Figure]:
    searched_s = usable_s = 0.0
    for clip in clips:
        usable_s += clip["usable_s"] or 0.0
        searched_s += min(clip["searched_s"] or 0.0, clip["usable_s"] or 0.0)
    if usable_s <= 0:
        return {}
    text = "Share of the usable time that the detector looked at"
    return {"searched_share": Figure(value=searched_s / usable_s, description=text, unit="share")}


def _peaks(peaks: Mapping[str, int]) -> dict[str, Figure]:
    """Return the MaxN of the taxa with the largest; all of them are in the time series."""
    ranked = sorted(peaks.items(), key=lambda one: (-one[1], one[0]))[:TAXA_AT_MOST]
    return {
        f"max_n_{re.sub(r'[^a-z0-9]+', '_', taxon.lower()).strip('_')}": Figure(
            value=number, description=f"MaxN of {taxon}", unit="individuals"
        )
        for taxon, number in ranked
    }
