"""Names of legacy files: which scan, fraction and moment they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from pelagia.io.zooscan.text import moment

_RAW = re.compile(r"^(?P<sub>.+)_raw_(?P<frame>\d{1,2})$", re.IGNORECASE)
_FRACTION = re.compile(
    r"^(?P<sample>.+?)_(?P<fraction>(?:d|f)(?P<number>\d{1,2})(?:_(?P<part>\d{1,3})_sur_(?P<parts>\d{1,3}))?"
    r"|tot(?:_(?P<tot_part>\d{1,3})_sur_(?P<tot_parts>\d{1,3}))?|plankton)$",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"^(?P<moment>\d{8}_\d{4})_(?:"
    r"back_(?P<frame>large|narrow)_(?:(?P<raw>raw_)?(?P<number>[12])|(?P<log>manual_log))"
    r"|background_(?P<whole>large|narrow)_manual)$",
    re.IGNORECASE,
)
WORK_ENDINGS = ("vis1", "msk1", "out1", "sep", "meas", "dat1", "log", "meta")
_ENDING = re.compile(rf"^(?P<scan>.+)_(?P<ending>{'|'.join(WORK_ENDINGS)})$", re.IGNORECASE)
_TABLE = re.compile(r"^ecotaxa_(?P<scan>.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """Which part of a sample a scan shows.

    Parameters
    ----------
    fraction_id
        As the name has it: ``tot``, ``d1``, ``d2_1_sur_4``, ``plankton``.
    size_class
        1 for ``d1``, the coarsest; None for an undivided sample.
    part, parts
        ``d2_1_sur_4`` is part 1 of 4: the fraction was scanned in so many parts. 1 of 1 otherwise.
    """

    fraction_id: str
    size_class: int | None = None
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundName:
    """What the name of a background's file says: ``what`` is raw_1, raw_2, back_1, back_2, whole or log."""

    taken_at: datetime
    frame: str
    what: str

    @property
    def key(self) -> tuple[datetime, str]:
        """What the files of one background share."""
        return self.taken_at, self.frame


def raw_scan_id(name: str) -> str | None:
    """Return the scan that a raw image shows (``a_tot_raw_1.tif`` → ``a_tot_1``), or None where it is no raw image."""
    path = PurePosixPath(name)
    match = _RAW.match(path.stem) if path.suffix.lower() in {".tif", ".tiff"} else None
    if match is None or _BACKGROUND.match(path.stem):
        return None
    return f"{match['sub']}_{match['frame']}"


def background_name(name: str) -> BackgroundName | None:
    """Read the name of a background's file, or return None where it is none."""
    match = _BACKGROUND.match(PurePosixPath(name).stem)
    taken_at = moment(match["moment"]) if match else None
    if match is None or taken_at is None:
        return None
    if match["whole"]:
        return BackgroundName(taken_at=taken_at, frame=match["whole"].lower(), what="whole")
    what = "log" if match["log"] else f"{'raw' if match['raw'] else 'back'}_{match['number']}"
    return BackgroundName(taken_at=taken_at, frame=match["frame"].lower(), what=what)


def scan_file(name: str) -> tuple[str, str] | None:
    """Return the scan a file belongs to and what it is (``vis1``, ``sep``, ``meta``, …, ``tsv``), or None."""
    path = PurePosixPath(name)
    table = _TABLE.match(path.stem) if path.suffix.lower() in {".tsv", ".txt"} else None
    if table:
        return table["scan"], "tsv"
    match = _ENDING.match(path.stem)
    if match is None:
        return None
    ending = match["ending"].lower()
    return match["scan"], "pid" if ending == "dat1" else ending


def subsample_of(scan_id: str) -> str:
    """Return sample and fraction of a scan: its name without the number of the frame."""
    return re.sub(r"_\d{1,2}$", "", scan_id)


def split_scan_id(scan_id: str) -> tuple[str, Fraction]:
    """Return the sample and the fraction that the name of a scan speaks of.

    Parameters
    ----------
    scan_id
        Sample, fraction and frame: ``cruise_st1_d2_1_sur_4_1``.

    Returns
    -------
    sample_id : str
    fraction : Fraction
        Without a fraction in the name the whole sub-sample is the sample, and its fraction ``""``.
    """
    sub = subsample_of(scan_id)
    match = _FRACTION.match(sub)
    if match is None:
        return sub, Fraction(fraction_id="")
    return match["sample"], fraction_of(match["fraction"])


def fraction_of(fraction_id: str) -> Fraction:
    """Read a fraction: ``d2_1_sur_4`` is part 1 of 4 of size class 2."""
    match = _FRACTION.match(f"x_{fraction_id}")
    if match is None:
        return Fraction(fraction_id=fraction_id)
    return Fraction(
        fraction_id=fraction_id,
        size_class=int(match["number"]) if match["number"] else None,
        part=int(match["part"] or match["tot_part"] or 1),
        parts=int(match["parts"] or match["tot_parts"] or 1),
    )
