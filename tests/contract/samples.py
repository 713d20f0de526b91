"""A small request to every registered service, for the contract tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
from tests.data.flowcam.make import make_run
from tests.learning.tiny_model import plain_image, tiny_package
from tests.services.ecosystem.films import write_film, write_stills
from tests.services.ecosystem.tiny_models import tiny_models as tiny_ecosystem_models
from tests.services.litter.beaches import beach, write_orthophoto
from tests.services.litter.tiny_models import tiny_models as tiny_litter_models
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.core.service import ModelRef, Request
from pelagia.runtime.registry import find_service
from pelagia.services.citizen.sample import make_sample as draw_citizens
from pelagia.services.oilspill.sample import make_sample as draw_spill
from pelagia.services.zooscan.sample.drawing import draw_scan


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is asked of a service: a few steps of work, every input good."""

    inputs: Mapping[str, tuple[str, ...]]
    params: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, ModelRef] = field(default_factory=dict)


def sample_request(slug: str, folder: Path) -> Request[Any]:
    """Make the sample of a service in a folder and return the request."""
    service, sample = find_service(slug), SAMPLES[slug](folder)
    return Request(
        service=slug,
        service_version=service.version,
        inputs=sample.inputs,
        params=service.params.model_validate(sample.params),
        models=sample.models,
    )


def _flowcam(folder: Path) -> Sample:
    """Two runs and a folder of vignettes: three chunks."""
    for number in (1, 2):
        make_run(folder / f"run-{number}", particles=24, seed=number, name=f"Station {number}")
    vignettes = folder / "vignettes" / "Red"
    vignettes.mkdir(parents=True)
    for number in range(5):
        cv2.imwrite(str(vignettes / f"v{number}.png"), plain_image((0, 0, 40 * number)))
    package = tiny_package(folder / "tiny")
    model = ModelRef(role="classifier", name="tiny", version="1.0.0", sha256=package.sha256, path=str(package.path))
    runs = tuple(str(folder / name) for name in ("run-1", "run-2", "vignettes"))
    return Sample(inputs={"runs": runs}, models={"classifier": model})


def _zooscan(folder: Path) -> Sample:
    """A project with one small scan, some of its organisms cut."""
    draw_scan(folder / "Zooscan_drawn_sn001", height=700, width=600, objects=8, seed=5, dpi=1200)
    return Sample(
        inputs={"scans": (str(folder / "Zooscan_drawn_sn001"),)},
        params={"separation": "watershed"},
        models=tiny_models(folder / "models", multiple_logit=9.0),
    )


def _litter(folder: Path) -> Sample:
    """An orthophoto and the line that was surveyed on it, and two photos that lie nowhere: two steps of blocks."""
    orthophoto = write_orthophoto(folder / "beach" / "ortho.tif", beach())
    (folder / "photos").mkdir()
    for number in (1, 2):
        cv2.imwrite(str(folder / "photos" / f"{number}.png"), beach()[number * 100 : 700, :800, ::-1])
    survey = folder / "line.geojson"
    survey.write_text(json.dumps(SURVEY_LINE), encoding="utf-8")
    return Sample(
        inputs={"pictures": (str(orthophoto), str(folder / "photos")), "survey": (str(survey),)},
        models=tiny_litter_models(folder / "models"),
    )


def _citizen(folder: Path) -> Sample:
    """Marks of nine people on twenty images of four deployments; one part of them."""
    drawn = draw_citizens(folder)
    return Sample(inputs={slot: tuple(str(folder / path) for path in paths) for slot, paths in drawn.inputs.items()})


def _ecosystem(folder: Path) -> Sample:
    """Two clips and a series of stills, fish of two kinds on each."""
    fish = [("Chromis chromis", 1.0, 4.0, 42.0, 40.0), ("Diplodus vulgaris", 2.0, 5.0, 122.0, 60.0)]
    write_film(folder / "reef" / "20260603-100000.mp4", fish)
    write_film(folder / "reef" / "20260603-101000.mp4", fish[1:])
    write_stills(folder / "stills", [("Chromis chromis", 0.0, 130.0, 42.0, 1.0)], [0, 60, 120, 180])
    return Sample(
        inputs={"recordings": (str(folder / "reef"), str(folder / "stills"))},
        models=tiny_ecosystem_models(folder / "models"),
    )


def _oilspill(folder: Path) -> Sample:
    """A drawn slick that is forecast, scored and fitted by what was drawn of it later, and an ensemble."""
    drawn = draw_spill(folder)
    quick = {"hours": 13, "output_min": 390, "elements": 200, "evaluations": 8, "fit_elements": 100, "members": 2}
    inputs = {slot: tuple(str(folder / path) for path in paths) for slot, paths in drawn.inputs.items()}
    return Sample(inputs=inputs | {"observed": inputs["observed"][:1]}, params=quick)


SURVEY_LINE = {
    "type": "Feature",
    "properties": {"name": "shore"},
    "geometry": {"type": "LineString", "coordinates": [[105.832495, -6.294024], [105.832538, -6.294024]]},
}
SAMPLES: Mapping[str, Callable[[Path], Sample]] = {
    "flowcam": _flowcam,
    "zooscan": _zooscan,
    "litter": _litter,
    "citizen": _citizen,
    "ecosystem": _ecosystem,
    "oilspill": _oilspill,
}
