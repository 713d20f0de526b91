"""Which files belong to which project and scan, from their names alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pelagia.io.zooscan.naming import background_name, raw_scan_id, scan_file

LEGACY_FOLDERS = frozenset({"zooscan_scan", "zooscan_back", "zooscan_meta", "zooscan_config", "zooscan_check"})
SETTINGS = {"lut.txt": "lut", "process_install_both_config.txt": "configuration"}
TABLES = {
    "zooscan_sample_header_table.csv": "sample",
    "zooscan_scan_header_table.csv": "scan",
    "metadata.txt": "metadata",
}
IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".png"})
JPEG_SUFFIXES = frozenset({".jpg", ".jpeg"})
"""Vignettes in most folders, thousands of them; pictures where somebody names them, or where there is nothing else."""
LONELY = frozenset({"log", "meta"})
"""A log without any image is no scan: somebody deleted or moved the image."""
NOT_VIGNETTES = "multiples_to_separate"
_LOOSE_BACKGROUND = re.compile(r"^(?P<name>.*(?:back|background).*?)[_-]?(?P<number>[12])$", re.IGNORECASE)


@dataclass(slots=True)
class ScanFiles:
    """The files of one scan by what they are: ``raw``, ``vis1``, ``sep``, ``meta``, …; more than one are too many."""

    scan_id: str
    roles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    work: str = ""
    vignettes: int = 0

    def one(self, role: str) -> str:
        """Return the file of a kind, ``""`` where there is none; the one beside the raw image comes first."""
        return (self.roles.get(role) or [""])[0]


@dataclass(slots=True)
class ProjectFiles:
    """The files of one project.

    Parameters
    ----------
    root
        Its folder in the source.
    backgrounds
        Files by background and by what they are.
    settings, tables
        Names by what they are: ``lut``, ``configuration``; ``sample``, ``scan``, ``metadata``.
    initial
        The scanner's ``.ini`` files of the configuration.
    left_out
        JPEGs that were not taken for pictures and belong to no scan.
    """

    root: str
    is_legacy: bool
    scans: dict[str, ScanFiles] = field(default_factory=dict)
    backgrounds: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    initial: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def scan(self, scan_id: str) -> ScanFiles:
        """Return the files of a scan, which may be new."""
        return self.scans.setdefault(scan_id.lower(), ScanFiles(scan_id))


def find_projects(
    names: Iterable[str], sizes: Mapping[str, int] | None = None, *, named: Collection[str] = ()
) -> list[ProjectFiles]:
    """Group file names into projects and scans.

    Parameters
    ----------
    names
        File names relative to a source, with forward slashes.
    sizes
        Bytes by name; of several files that claim to be the same the largest counts.
    named
        Those that the user named one by one: a JPEG among them is a picture. Any other is one only where there is
        no scan, no project and no other picture.

    Returns
    -------
    list of ProjectFiles
        Legacy projects by their folder; what stands outside of any, if it holds a scan, is one more.
    """
    groups: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[_root(name)].append(name)
    _join_halves(groups)
    projects = []
    for (root, is_legacy), members in sorted(groups.items()):
        project = ProjectFiles(root=root, is_legacy=is_legacy)
        for name in members:
            if name in named and _is_jpeg(name):
                project.scan(PurePosixPath(name).stem).roles["image"].append(name)
            else:
                (_take_legacy if is_legacy else _take_loose)(project, name)
        projects.append(project)
    nothing_else = not any(project.is_legacy or _has_scans(project) for project in projects)
    for project in projects:
        if not project.is_legacy:
            _take_jpegs(project, as_pictures=nothing_else)
    found = [project for project in projects if project.is_legacy or project.scans]
    for project in found:
        _finish(project, sizes or {})
    return found


def _has_scans(project: ProjectFiles) -> bool:
    """Whether there is more than the log and metadata of some scan."""
    return any(set(scan.roles) - LONELY for scan in project.scans.values())


def _take_jpegs(project: ProjectFiles, *, as_pictures: bool) -> None:
    """Take the JPEGs of a place for its pictures, or note those that are no vignettes of its scans."""
    names, project.left_out = project.left_out, []
    for name in names:
        stem = PurePosixPath(name).stem
        if as_pictures:
            project.scan(stem).roles["image"].append(name)
        elif stem.lower().rpartition("_")[0] not in project.scans:
            project.left_out.append(name)


def _join_halves(groups: dict[tuple[str, bool], list[str]]) -> None:
    """Take settings in a legacy folder and scans outside of it for one project where there is nothing else."""
    legacy = [key for key in groups if key[1]]
    loose = ("", False)
    if legacy == [("", True)] and loose in groups:
        scans = [name for name in groups[legacy[0]] if name.lower().startswith("zooscan_scan/")]
        if not scans:
            groups[loose] += groups.pop(legacy[0])


def _root(name: str) -> tuple[str, bool]:
    parts = name.split("/")
    for at, part in enumerate(parts[:-1]):
        if part.lower() in LEGACY_FOLDERS:
            return "/".join(parts[:at]), True
    return "", False


def _take_legacy(project: ProjectFiles, name: str) -> None:
    parts = name.removeprefix(project.root).strip("/").split("/")
    folder, inner, file = parts[0].lower(), [part.lower() for part in parts[1:-1]], parts[-1]
    if folder == "zooscan_scan" and inner[:1] == ["_raw"] and len(inner) == 1:
        _take_raw(project, name)
    elif folder == "zooscan_scan" and inner[:1] == ["_work"] and len(inner) >= 2:
        _take_work(project, name, parts[2], "/".join([project.root, *parts[:3]]).strip("/"), inner)
    elif folder == "zooscan_scan" and not inner and PurePosixPath(file).suffix.lower() in {".tif", ".tiff"}:
        project.scan(PurePosixPath(file).stem).roles["scan_8"].append(name)
    elif folder == "zooscan_back" and not inner:
        _take_background(project, name)
    elif not inner:
        _take_settings(project, name)


def _take_loose(project: ProjectFiles, name: str) -> None:
    path = PurePosixPath(name)
    if _take_settings(project, name) or _take_background(project, name):
        return
    if raw_scan_id(name) or (_is_zip(name) and raw_scan_id(path.stem + ".tif")):
        _take_raw(project, name)
        return
    found = scan_file(name)
    if found:
        scan_id, what = found
        project.scan(scan_id).roles[what].append(name)
    elif path.suffix.lower() in IMAGE_SUFFIXES:
        loose = _LOOSE_BACKGROUND.match(path.stem)
        if loose:
            project.backgrounds.setdefault(loose["name"].rstrip("_-"), {})[f"raw_{loose['number']}"] = name
        else:
            project.scan(path.stem).roles["image"].append(name)
    elif _is_jpeg(name):
        project.left_out.append(name)


def _take_raw(project: ProjectFiles, name: str) -> None:
    path = PurePosixPath(name)
    scan_id = raw_scan_id(path.with_suffix(".tif").name)
    if scan_id and (path.suffix.lower() in {".tif", ".tiff"} or _is_zip(name)):
        project.scan(scan_id).roles["raw_zip" if _is_zip(name) else "raw"].append(name)
        return
    found = scan_file(name)
    if found and found[1] in {"log", "meta"}:
        project.scan(found[0]).roles[found[1]].append(name)


def _take_work(project: ProjectFiles, name: str, scan_id: str, work: str, inner: Sequence[str]) -> None:
    scan = project.scan(scan_id)
    scan.work = work
    path = PurePosixPath(name)
    if _is_jpeg(name):
        scan.vignettes += NOT_VIGNETTES not in inner and path.stem.lower().startswith(scan_id.lower() + "_")
        return
    found = scan_file(name) if len(inner) == 2 else None
    if found:
        role = f"work_{found[1]}" if found[1] in {"log", "meta"} else found[1]
        scan.roles[role].append(name)


def _take_background(project: ProjectFiles, name: str) -> bool:
    found = background_name(name)
    is_text = PurePosixPath(name).suffix.lower() == ".txt"
    if found is None or is_text != (found.what == "log"):
        return False
    title = f"{found.taken_at:%Y%m%d_%H%M}_back_{found.frame}"
    project.backgrounds.setdefault(title, {}).setdefault(found.what, name)
    return True


def _take_settings(project: ProjectFiles, name: str) -> bool:
    file = PurePosixPath(name).name.lower()
    for known, into in ((SETTINGS, project.settings), (TABLES, project.tables)):
        if file in known:
            into.setdefault(known[file], name)
            return True
    if file.endswith(".ini"):
        project.initial.append(name)
        return True
    return False


def _is_jpeg(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in JPEG_SUFFIXES


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _finish(project: ProjectFiles, sizes: Mapping[str, int]) -> None:
    """Put the right one of several files first: the exact name, then the largest."""
    for scan in project.scans.values():
        for role, names in scan.roles.items():
            expected = {"work_log": "log", "work_meta": "meta"}.get(role, role)
            names.sort(key=lambda name: (_ending(name) != expected, -sizes.get(name, 0), name))
    for key, scan in list(project.scans.items()):
        if not project.is_legacy and set(scan.roles) <= LONELY:
            del project.scans[key]


def _ending(name: str) -> str:
    found = scan_file(name)
    return found[1] if found else ("raw" if raw_scan_id(name) else "image")
