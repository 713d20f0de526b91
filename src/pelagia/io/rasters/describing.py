"""One file of this machine → the picture it is, with all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasterio.windows import Window

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.rasters import faults, flight_faults
from pelagia.io.rasters.camera import Shot, read_orientation, read_shot
from pelagia.io.rasters.colours import Colours, colours_of, read_bands
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.flight import Flight, lay, look_down
from pelagia.io.rasters.georeference import Georeference, read_georeference
from pelagia.io.rasters.opening import confined, open_dataset, truncated
from pelagia.io.rasters.orientation import UPRIGHT, is_lying
from pelagia.io.rasters.picture import GsdSource, Kind, Picture
from pelagia.io.rasters.sampling import sample_options
from pelagia.io.rasters.wholeness import missing_share
from pelagia.io.rasters.world_file import WorldFile

LEAST_SIDE_PX = 16
LARGEST_TILE_PX = 1024
COARSE_GSD_CM = 1.0
LEAST_VALID_SHARE = 0.1
DISAGREEMENT = 0.05
STEP_PX = 2048
MOST_SEARCHED_PX = 1 << 30
COLOUR_NAMES = {0.0: "black", 255.0: "white"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may be a picture.

    Parameters
    ----------
    path
        Where it stands on this machine.
    file
        As the user named it.
    is_whole
        Whether all of it is there; of some only the beginning was fetched, to have a look.
    world
        What lies beside it.
    """

    path: Path
    file: str
    is_whole: bool = True
    world: WorldFile | None = None


def describe(candidate: Candidate, gsd_cm: float | None) -> tuple[Picture | None, list[Issue]]:
    """Say what picture a file is.

    Parameters
    ----------
    candidate
        The file.
    gsd_cm
        What the user says of the size of a pixel.

    Returns
    -------
    Picture or None
        ``None`` where it cannot be used; ``image_id`` and ``area_id`` are still empty.
    list of Issue
        What is wrong with it.
    """
    file = candidate.file
    try:
        dataset = open_dataset(candidate.path, file)
        try:
            with confined():
                return _described(dataset, candidate, gsd_cm)
        except READ_FAILURES:
            raise truncated(file, f"{candidate.path.stat().st_size:,} bytes") from None
        finally:
            dataset.close()
    except PelagiaError as error:
        return None, [finding(error, objects=1)]


def _described(dataset: Any, candidate: Candidate, gsd_cm: float | None) -> tuple[Picture | None, list[Issue]]:
    file = candidate.file
    if min(dataset.shape) < LEAST_SIDE_PX:
        return None, [faults.too_narrow(file, dataset.height, dataset.width, LEAST_SIDE_PX)]
    missing = missing_share(dataset, candidate.path, file) if candidate.is_whole else 0.0
    issues = [faults.truncated(file, missing)] if missing else []
    ground = read_georeference(dataset, candidate.world, file)
    issues += ground.issues
    colours = colours_of(dataset, is_orthophoto=ground.is_stated)
    shown = _what_is_shown(dataset, colours, file) if candidate.is_whole else []
    issues += shown
    if any(issue.severity == "error" for issue in shown):
        return None, issues
    shot = read_shot(candidate.path)
    flight = Flight() if ground.is_stated else look_down(shot, dataset.height, dataset.width, file)
    if flight.is_on_ground:
        issues.append(flight_faults.on_ground(file, f"height {shot.height_m:.1f} m", is_kept=gsd_cm is not None))
        if gsd_cm is None:
            return None, issues
    picture, more = _put_together(dataset, candidate, (ground, shot, flight), gsd_cm)
    return picture, [*issues, *more]


def _put_together(
    dataset: Any, candidate: Candidate, told: tuple[Georeference, Shot, Flight], gsd_cm: float | None
) -> tuple[Picture, list[Issue]]:
    ground, shot, flight = told
    file = candidate.file
    size_cm, source, issues = choose_gsd(ground.gsd_cm, flight.gsd_cm, gsd_cm, file)
    if size_cm is None or gsd_cm is None:
        issues += flight.issues
    if source == "flight" and size_cm is not None and shot.height_m is not None:
        issues.append(flight_faults.gsd_from_flight(file, size_cm, shot.height_m))
    turn = UPRIGHT if ground.is_stated else read_orientation(candidate.path)
    shape = dataset.shape[::-1] if is_lying(turn) else dataset.shape
    lie = lay(shot, flight, size_cm, shape, turn)
    picture = Picture(
        image_id="",
        file=file,
        path=str(candidate.path),
        area_id="",
        kind=_kind(dataset, ground, shot),
        height_px=shape[0],
        width_px=shape[1],
        bands=dataset.count,
        dtype=str(dataset.dtypes[0]),
        nodata=None if dataset.nodata is None else float(dataset.nodata),
        gsd_cm=size_cm,
        gsd_source=source,
        crs=ground.crs if ground.is_stated else lie.crs,
        transform=ground.transform if ground.is_stated else lie.transform,
        position_error_m=ground.error_m if ground.is_stated else lie.position_error_m,
        altitude_m=None if ground.is_stated else shot.height_m,
        yaw_deg=None if ground.is_stated else flight.heading_deg,
        latitude=ground.latitude if ground.transform else lie.latitude,
        longitude=ground.longitude if ground.transform else lie.longitude,
        taken_at=shot.taken_at,
    )
    return picture, issues


def choose_gsd(
    found_cm: float | None, flown_cm: float | None, told_cm: float | None, file: str
) -> tuple[float | None, GsdSource, list[Issue]]:
    """Choose who is believed on the ground sampling distance.

    Parameters
    ----------
    found_cm, flown_cm, told_cm
        What the file, the flight and the user say.

    Notes
    -----
    The file, else the flight, else the user. Where the user and one of the others differ by more than 5 %, sizes and
    areas follow the user, and that is a finding; coordinates still follow the file.
    """
    own_cm, source = (found_cm, "file") if found_cm is not None else (flown_cm, "flight")
    issues: list[Issue] = []
    if told_cm is not None and own_cm is not None and abs(told_cm / own_cm - 1) > DISAGREEMENT:
        issues.append(faults.gsd_differs(file, told_cm, own_cm, "the file" if source == "file" else "the flight"))
        own_cm = None
    if own_cm is None:
        own_cm, source = told_cm, "user" if told_cm is not None else ""
    if own_cm is None:
        issues.append(faults.gsd_unknown(file))
    elif own_cm > COARSE_GSD_CM:
        issues.append(faults.gsd_coarse(file, own_cm))
    known: dict[str, GsdSource] = {"file": "file", "flight": "flight", "user": "user", "": ""}
    return own_cm, known[source], issues


def _kind(dataset: Any, ground: Georeference, shot: Shot) -> Kind:
    if ground.is_stated:
        return "orthophoto"
    height, width = dataset.shape
    return "tile" if height == width <= LARGEST_TILE_PX and not shot.is_photo else "photo"


def _what_is_shown(dataset: Any, colours: Colours, file: str) -> list[Issue]:
    issues = []
    if colours.is_assumed and dataset.count > 3:
        issues.append(faults.bands_assumed(file, dataset.count))
    if colours.is_implied:
        issues.append(faults.nodata_implied(file, COLOUR_NAMES[colours.nodata[0] or 0.0]))
    share = _valid_share(dataset, colours)
    if share == 0 and not _shows_anything(dataset, colours):
        return [*issues, faults.shows_nothing(file)]
    if share < LEAST_VALID_SHARE:
        issues.append(faults.mostly_nodata(file, share))
    return issues


def _valid_share(dataset: Any, colours: Colours) -> float:
    """Return which share of a sample of the picture shows anything."""
    if not colours.may_be_empty and not str(dataset.dtypes[0]).startswith("float"):
        return 1.0
    valid = total = 0
    for options in sample_options(dataset):
        for mask in _masks(dataset, colours, options):
            valid, total = valid + int(mask.sum()), total + mask.size
    return valid / total if total else 1.0


def _masks(dataset: Any, colours: Colours, options: dict[str, Any]) -> list[Any]:
    try:
        return [read_bands(dataset, colours, **options)[1]]
    except READ_FAILURES:
        return []


def _shows_anything(dataset: Any, colours: Colours) -> bool:
    """Tell whether any pixel shows anything; looks at all of them until one does, or there are too many to look at."""
    if dataset.height * dataset.width > MOST_SEARCHED_PX:
        return True
    for row in range(0, dataset.height, STEP_PX):
        for col in range(0, dataset.width, STEP_PX):
            window = Window(col, row, min(STEP_PX, dataset.width - col), min(STEP_PX, dataset.height - row))
            if any(mask.any() for mask in _masks(dataset, colours, {"window": window})):
                return True
    return False
