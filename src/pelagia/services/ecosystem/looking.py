"""Some parts looked at: quality and interest first, animals where something is, a small film of what was searched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.table import Column
from pelagia.io.findings import Findings
from pelagia.learning.detector import load_detector
from pelagia.services.ecosystem.clips import PART_COLUMNS
from pelagia.services.ecosystem.columns import DETECTION_COLUMNS, FRAME_COLUMNS
from pelagia.services.ecosystem.looked import How, Record
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.still_looking import look_at_stills
from pelagia.services.ecosystem.video_looking import look_at_video


def look(item: Mapping[str, Any]) -> dict[str, Any]:
    """Look at some parts.

    Parameters
    ----------
    item
        ``parts``: from :func:`pelagia.services.ecosystem.parts.parts_of`; ``params`` of the request; ``model``: folder
        of the detector; ``weights`` of interest; ``folder`` for films.

    Returns
    -------
    dict
        ``frames``, ``boxes``, ``parts``: rows of :data:`FRAME_COLUMNS`, :data:`DETECTION_COLUMNS`, ``PART_COLUMNS``;
        ``recordings``: how many are done; ``spent``: recorded pieces of a live stream that are not needed any more;
        ``issues``.
    """
    params = EcosystemParams(**item["params"])
    how = How(
        params=params,
        profile=profile_of(params),
        detector=load_detector(item["model"]),
        weights=item["weights"],
        folder=Path(item["folder"]),
    )
    findings = Findings()
    frames: list[Record] = []
    boxes: list[Record] = []
    parts: list[Record] = []
    recordings = 0
    for part in item["parts"]:
        try:
            kind = part["recordings"][0]["kind"]
            looked = look_at_stills(part, how) if kind == "still" else look_at_video(part, how)
        except PelagiaError as error:
            findings.add_error(error)
            continue
        findings.add_all(looked.issues)
        frames += looked.frames
        boxes += looked.boxes
        parts.append(looked.part | {"rows": len(looked.frames), "boxes": len(looked.boxes)})
        recordings += looked.recordings
    return {
        "frames": _table(frames, FRAME_COLUMNS),
        "boxes": _table(boxes, DETECTION_COLUMNS),
        "parts": _table(parts, PART_COLUMNS),
        "recordings": recordings,
        "spent": [one["path"] for part in item["parts"] for one in part["recordings"] if one["kind"] == "stream"],
        "issues": findings.records(),
    }


def _table(rows: list[Record], columns: tuple[Column, ...]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([column.field() for column in columns]))
