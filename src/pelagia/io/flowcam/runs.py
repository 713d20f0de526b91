"""Which files belong to which run: several runs in a folder, its sub-folders or an archive."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

LIST_SUFFIXES = (".lst", ".flb")
IMAGE_SUFFIXES = (".tif", ".tiff", ".png", ".bmp", ".jpg", ".jpeg")
_PAGE = re.compile(r"^(?P<stem>.+?)(?:_lib_images|_images)?_\d{6}$", re.IGNORECASE)
_CALIBRATION = re.compile(r"^cal_image_\d+$", re.IGNORECASE)
_RAW_FRAME = re.compile(r"^rawfile_\d+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The files of one run, by name relative to the source; ``""`` where there is none.

    Parameters
    ----------
    sample_id
        The run's name, unique among the runs found together.
    folder
        The folder they stand in, ``""`` for the source itself.
    list
        The particle list (``.lst``) or library (``.flb``).
    spreadsheet
        The particle table exported as ``.csv``; read only where there is no list.
    images
        Every collage and mask of the folder; rows of the list name the one they are in.
    calibrations
        The images of the empty flow cell.
    """

    sample_id: str
    folder: str = ""
    list: str = ""
    spreadsheet: str = ""
    context: str = ""
    run_summary: str = ""
    summary: str = ""
    classification: str = ""
    edges: str = ""
    notes: str = ""
    images: tuple[str, ...] = ()
    calibrations: tuple[str, ...] = ()

    @property
    def particles(self) -> str:
        """The file the particles are read from."""
        return self.list or self.spreadsheet

    @property
    def main(self) -> str:
        """The file that stands for the run in a finding."""
        return self.particles or self.context or self.folder


def find_runs(names: Sequence[str]) -> list[RunFiles]:
    """Group file names into runs.

    Parameters
    ----------
    names
        File names relative to a source, with forward slashes.

    Returns
    -------
    list of RunFiles
        Sorted by folder and name. A run is a ``.lst`` or ``.flb``; failing that a ``.csv`` with
        collages or a ``.ctx`` of its name; failing that a ``.ctx``, which has no particles and
        is reported when it is read.

    Notes
    -----
    Names are compared without regard to case. A context, summary or notes file whose name differs
    from the list's is taken only where the folder holds one list and one such file.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        path = PurePosixPath(name)
        if not path.name.startswith("._") and "__MACOSX" not in path.parts:
            folders["" if str(path.parent) == "." else str(path.parent)].append(name)
    runs = [run for folder in sorted(folders) for run in _runs_of_folder(folder, folders[folder])]
    return _with_unique_names(runs)


def collage_file(files: RunFiles, collage: str) -> str | None:
    """Return the name of the collage a row of the list speaks of, or None where it is missing.

    Parameters
    ----------
    collage
        As written in the list; a path of the instrument's computer is cut to its last part,
        upper and lower case are not told apart.
    """
    return _by_lower_name(tuple(files.images)).get(re.split(r"[\\/]", collage)[-1].lower())


def mask_file(files: RunFiles, collage: str) -> str | None:
    """Return the name of the binary mask (``<collage>_bin.tif``) of a collage, or None."""
    return _by_lower_name(tuple(files.images)).get(mask_name(re.split(r"[\\/]", collage)[-1]).lower())


def mask_name(collage: str) -> str:
    """Return the name a collage's binary mask has: ``run_000001.tif`` → ``run_000001_bin.tif``."""
    path = PurePosixPath(collage)
    return str(path.with_name(f"{path.stem}_bin{path.suffix}"))


@lru_cache(maxsize=16)
def _by_lower_name(names: tuple[str, ...]) -> Mapping[str, str]:
    return {PurePosixPath(name).name.lower(): name for name in names}


def _runs_of_folder(folder: str, names: list[str]) -> list[RunFiles]:
    by_suffix: dict[str, list[PurePosixPath]] = defaultdict(list)
    for name in names:
        path = PurePosixPath(name)
        by_suffix[path.suffix.lower()].append(path)
    images = [path for suffix in IMAGE_SUFFIXES for path in by_suffix[suffix]]
    lists = [path for suffix in LIST_SUFFIXES for path in by_suffix[suffix]]
    stems = {path.stem.lower() for path in lists}
    pages = {match["stem"].lower() for path in images if (match := _PAGE.match(path.stem))}
    tables = [path for path in by_suffix[".csv"] if not path.stem.lower().endswith("_summary")]
    contexts = by_suffix[".ctx"]
    companions = pages | {path.stem.lower() for path in contexts}
    alone = [path for path in tables if path.stem.lower() in companions - stems]
    stems |= {path.stem.lower() for path in alone}
    orphans = [path for path in contexts if path.stem.lower() not in stems and not (len(lists) == len(contexts) == 1)]
    single = len(lists) + len(alone) + len(orphans) == 1
    seeds = [(path, "list") for path in lists] + [(path, "spreadsheet") for path in alone]
    seeds += [(path, "context") for path in orphans]
    return [_run(folder, path, kind, names, images, single=single) for path, kind in sorted(seeds)]


def _run(
    folder: str, seed: PurePosixPath, kind: str, names: list[str], images: list[PurePosixPath], *, single: bool
) -> RunFiles:
    by_name = _by_lower_name(tuple(names))
    stem = seed.stem.lower()

    def sibling(ending: str, *, any_name: bool = False) -> str:
        found = by_name.get(f"{stem}{ending}")
        if found is None and any_name and single:
            others = [name for lower, name in by_name.items() if lower.endswith(ending)]
            found = others[0] if len(others) == 1 else None
        return found or ""

    return RunFiles(
        sample_id=_run_name(seed.stem, images, single=single),
        folder=folder,
        list=str(seed) if kind == "list" else "",
        spreadsheet=str(seed) if kind == "spreadsheet" else sibling(".csv"),
        context=sibling(".ctx", any_name=True),
        run_summary=sibling("_run_summary.txt", any_name=True),
        summary=sibling("_summary.csv", any_name=True),
        classification=sibling(".cla", any_name=True),
        edges=sibling(".edg", any_name=True),
        notes=sibling("_notes.txt", any_name=True),
        images=tuple(str(path) for path in sorted(images) if not _is_frame(path)),
        calibrations=tuple(str(path) for path in sorted(images) if _CALIBRATION.match(path.stem)),
    )


def _is_frame(path: PurePosixPath) -> bool:
    return bool(_CALIBRATION.match(path.stem) or _RAW_FRAME.match(path.stem))


def _run_name(stem: str, images: list[PurePosixPath], *, single: bool) -> str:
    """Take the list's name, or that of the collages where a lone list was renamed (``metadata.lst``)."""
    if not single or any(path.stem.lower().startswith(stem.lower()) for path in images):
        return stem
    pages = {match["stem"] for path in images if not _is_frame(path) and (match := _PAGE.match(path.stem))}
    return pages.pop() if len(pages) == 1 else stem


def _with_unique_names(runs: list[RunFiles]) -> list[RunFiles]:
    counts = Counter(run.sample_id.lower() for run in runs)
    unique = []
    for run in runs:
        name = run.sample_id
        if counts[name.lower()] > 1 and run.folder:
            name = f"{run.folder.replace('/', '_')}_{name}"
        unique.append(replace(run, sample_id=name))
    return unique
