"""Slicks in a scene: what it is, its parts, the search of a part, and the slicks of all parts put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Request
from pelagia.imaging.scenes.joining import join_pieces
from pelagia.imaging.scenes.pieces import find_pieces
from pelagia.io.scenes.facts import OPTICAL, Scene
from pelagia.io.scenes.faults import note
from pelagia.io.scenes.fetching import fetched
from pelagia.io.scenes.finding import find_scenes, scene_of
from pelagia.io.scenes.reading import check_annotations, open_scene
from pelagia.learning.package import read_package
from pelagia.services.oilspill.detecting_land import scene_land
from pelagia.services.oilspill.detecting_maps import Look, look_at
from pelagia.services.oilspill.detecting_picture import draw_scene, reduced, reduction
from pelagia.services.oilspill.detecting_pieces import pieces_from, pieces_record
from pelagia.services.oilspill.detecting_rows import slick_rows
from pelagia.services.oilspill.detecting_words import scene_words
from pelagia.services.oilspill.service import OilspillParams

PART_PX = 2048
MARGIN_PX = 256
"""Seen around every part, so that what lies on its edge is judged with its surroundings."""
LEAST_PX_WITHOUT_PLACE = 100
"""Smaller slicks are not told of a scene whose pixels have no known size."""
MODEL = "slicks"
MOST_SCALED = 3.0
"""By how much pixels may be larger or smaller than those a model was made for."""

Record = dict[str, Any]
BETTER_BY_DARK_SPOTS = (*OPTICAL, "grey")
"""Kinds of scenes that no model is made for, or that dark spots do better on (8-bit pictures: see the model's card)."""


def scene_facts(uri: str) -> Record:
    """Say what the only scene of an address is; descriptions and headers are read, no picture.

    Parameters
    ----------
    uri
        See :func:`pelagia.io.scenes.finding.find_scenes`.

    Returns
    -------
    dict
        Of :meth:`pelagia.io.scenes.facts.Scene.to_record`, and ``words``: what it is, for a person.

    Raises
    ------
    NotFound, BadInput, Unavailable
        It cannot be used.
    """
    return _facts(scene_of(uri))


def all_scene_facts(uri: str) -> tuple[list[Record], list[Record]]:
    """Say the same of all scenes of an address, and what is wrong with the others."""
    scenes, issues = find_scenes(uri)
    return [_facts(scene) for scene in scenes], issues


def ready_scene(facts: Mapping[str, Any], workdir: Path) -> Record:
    """Make a scene ready to be searched: bands inside an archive are copied, the land around it is cut out of the map.

    Parameters
    ----------
    facts
        As of :func:`scene_facts`.
    workdir
        Takes the copies.

    Returns
    -------
    dict
        The facts, with the places of the copies.
    """
    scene = fetched(Scene.from_record(facts), workdir / "scenes")
    scene_land(scene, workdir)
    return _facts(scene)


def scene_parts(facts: Mapping[str, Any], request: Request[OilspillParams], workdir: Path) -> list[Record]:
    """Return what :func:`search_part` is to do, for each part of a scene.

    Parameters
    ----------
    facts
        As of :func:`ready_scene`; to count them, as of :func:`scene_facts`.
    request
        With the parameters and the model.
    workdir
        Holds the copies.

    Raises
    ------
    BadParameter
        The network is asked for, and not there or not made for such a scene.
    """
    scene = Scene.from_record(facts)
    model = _model(scene, request)
    told: Record = {
        "scene": scene.to_record(),
        "workdir": str(workdir),
        "model": model,
        "despeckle_px": request.params.despeckle_px,
        "probability_from": request.params.probability_from,
        "least_px": _least_px(scene, request.params.min_area_km2),
        "reduction": reduction(scene),
    }
    return [
        {**told, "core": [row, col, min(row + PART_PX, scene.height_px), min(col + PART_PX, scene.width_px)]}
        for row in range(0, scene.height_px, PART_PX)
        for col in range(0, scene.width_px, PART_PX)
    ]


def search_part(item: Mapping[str, Any]) -> Record:
    """Search a part of a scene.

    Parameters
    ----------
    item
        As of :func:`scene_parts`.

    Returns
    -------
    dict
        ``pieces``: outlines and measures; ``shown``: the part, reduced; ``core``; ``sea_px``.
    """
    scene = Scene.from_record(item["scene"])
    top, left, bottom, right = item["core"]
    row, col = max(0, top - MARGIN_PX), max(0, left - MARGIN_PX)
    height = min(scene.height_px, bottom + MARGIN_PX) - row
    width = min(scene.width_px, right + MARGIN_PX) - col
    with open_scene(scene) as reader:
        land = scene_land(scene, Path(item["workdir"])).mask(row, col, height, width)
        look: Look = look_at(reader, land, (row, col, height, width), item["despeckle_px"], item["model"])
    core = (top - row, left - col, bottom - row, right - col)
    pieces = find_pieces(
        look.probability,
        look.values,
        look.sea,
        core=core,
        origin=(row, col),
        probability_from=item["probability_from"],
        least_px=item["least_px"],
    )
    own = (slice(core[0], core[2]), slice(core[1], core[3]))
    return {
        "pieces": pieces_record(pieces),
        "shown": reduced(look.values[own], look.valid[own], item["reduction"]),
        "core": [top, left, bottom, right],
        "sea_px": int(look.sea[own].sum()),
    }


def join_parts(
    facts: Mapping[str, Any], results: Sequence[Mapping[str, Any]], request: Request[OilspillParams], workdir: Path
) -> Record:
    """Put the slicks of all parts together, measure them, draw them over the scene.

    Parameters
    ----------
    facts
        As of :func:`ready_scene`.
    results
        Of :func:`search_part`, in any order.
    request
        With the parameters.
    workdir
        Takes the picture.

    Returns
    -------
    dict
        ``slicks``: records as of :func:`pelagia.services.oilspill.given.slick_record`, the largest first; ``issues``;
        ``artifacts``: records of :class:`pelagia.core.result.Artifact` with ``path`` as text.
    """
    scene = Scene.from_record(facts)
    spots = join_pieces([pieces_from(result["pieces"]) for result in results])
    least_px = _least_px(scene, request.params.min_area_km2)
    spots = [spot for spot in spots if spot.pixels >= least_px]
    rows = slick_rows(scene, spots, workdir, min_area_km2=request.params.min_area_km2)
    shown = [row.pop("outline_px") for row in rows]
    picture = draw_scene(
        scene, results, [(row["slick_id"], one) for row, one in zip(rows, shown, strict=True)], workdir
    )
    issues = [*scene.issues]
    if not any(result["sea_px"] for result in results):
        issues.append(_no_sea(scene))
    return {"slicks": rows, "issues": issues, "artifacts": [picture]}


def _facts(scene: Scene) -> Record:
    check_annotations(scene)
    return scene.to_record() | {"words": scene_words(scene)}


def _least_px(scene: Scene, min_area_km2: float) -> int:
    if scene.pixel_m is None:
        return LEAST_PX_WITHOUT_PLACE
    # Pixels differ in size over a scene: what is kept here is measured on the ellipsoid afterwards.
    return max(1, int(0.7 * min_area_km2 * 1e6 / scene.pixel_m**2))


def _model(scene: Scene, request: Request[OilspillParams]) -> str | None:
    """Return the folder of the model that searches a scene, ``None`` for what needs none."""
    wanted = request.params.detector
    model = request.models.get(MODEL)
    if wanted == "dark-spots" or (wanted == "auto" and (model is None or scene.kind in BETTER_BY_DARK_SPOTS)):
        return None
    if model is None:
        raise BadParameter(
            "the network that finds slicks is not installed",
            value=wanted,
            remedy="install a model of slicks (pelagia models), or give detector = dark-spots",
        )
    if scene.kind in OPTICAL:
        raise BadParameter(
            "the network was made for radar scenes",
            value=f"{wanted}, {scene.file}",
            remedy="give detector = auto for optical scenes",
        )
    fits = _fits(scene, Path(model.path))
    return str(model.path) if fits or wanted == "network" else None


def _fits(scene: Scene, folder: Path) -> bool:
    """Tell whether the pixels of a scene are of about the size that a model was made for."""
    pixel_m = float(read_package(folder, verify=False).card.recipe["feed"]["pixel_m"])
    return scene.pixel_m is None or pixel_m / MOST_SCALED <= scene.pixel_m <= pixel_m * MOST_SCALED


def _no_sea(scene: Scene) -> Record:
    return note(
        scene.file,
        "scene-without-sea",
        "The scene shows no sea, so that nothing was searched.",
        "Check that it is the right scene, and where it lies.",
    )
