"""Training of a model of oil slicks: pictures with masks in, a measured model package out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Figure, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.findings import gather
from pelagia.learning.card import DataOrigin, read_card
from pelagia.learning.package import ModelPackage
from pelagia.learning.session import default_threads
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.export import base_channels
from pelagia.learning.train.slicks.loop import SlickRecipe
from pelagia.learning.train.slicks.package import FIGURES
from pelagia.learning.train.slicks.pictures import Looks
from pelagia.learning.train.slicks.train import (
    PACKAGE,
    Against,
    Dealt,
    SlickOptions,
    as_base,
    deal,
    kept_pictures,
    train_epoch,
    write_measured,
)
from pelagia.learning.train.sources import groups_of, input_records, model_files
from pelagia.services.oilspill.training_data import (
    PAIRS_PER_CHUNK,
    fetch_step,
    find_pairs,
    kept_samples,
    pair_chunks,
)
from pelagia.services.oilspill.training_service import OilspillTrainingParams

Record = dict[str, Any]

FETCHED = "fetched"
HELDOUT = "pairs kept back"
LOOKS = Looks(as_files=False)
"""A user's pictures are files already: they are turned and scaled, their contrast changed, no more."""
RATE, GENTLE = 2e-3, 0.4
PARTS_PER_PICTURE = 2
LEAST_STEPS = 4
FEW_SCENES = 10


def estimate(request: Request[OilspillTrainingParams], /) -> Estimate:
    """Find the pairs and count them; cheap."""
    _base(request)
    found = find_pairs(request.inputs["pairs"])
    groups = _groups(request.params, asdict(found))
    return Estimate(
        steps=2 + -(-len(found.uris) // PAIRS_PER_CHUNK) + request.params.epochs,
        units=len(found.uris),
        bytes=sum(found.sizes),
        understood={
            "pairs": f"{len(found.uris):,}",
            "scenes": f"{len(set(groups)):,}",
            "starts from": "chance" if request.params.start == "chance" else "a model of slicks",
        },
        issues=gather(found.issues),
    )


def run(request: Request[OilspillTrainingParams], steps: Steps, /) -> Result:
    """Fetch the pairs, train on whole scenes, measure on those kept back, write the model package."""
    workdir = steps.workdir
    found = steps.do("pairs", pairs_step, list(request.inputs["pairs"]))
    read = list(steps.map("read", fetch_step, pair_chunks(workdir / FETCHED, found), units=lambda value: value["read"]))
    digests = [digest for part in read for digest in part["sha256"]]
    for epoch in range(request.params.epochs):
        steps.do(f"epoch/{epoch}", epoch_step, workdir, request, found, digests, epoch)
    trained = steps.do("package", package_step, workdir, request, found, digests)
    issues = [*found["issues"], *(issue for part in read for issue in part["issues"]), *trained["issues"]]
    return Result(
        tables={},
        summary={name: Figure(**told) for name, told in trained["figures"].items()},
        issues=gather(Issue(**issue) for issue in issues),
        provenance=request.provenance(
            input_records(found["uris"], found["pictures"], digests, [size for part in read for size in part["bytes"]])
        ),
        artifacts=model_files(workdir / PACKAGE),
    )


def pairs_step(uris: list[str]) -> Record:
    """Find the pairs, as a step can keep them."""
    told = asdict(find_pairs(uris))
    return {name: list(value) for name, value in told.items()}


def epoch_step(
    workdir: Path, request: Request[OilspillTrainingParams], found: Record, digests: list[str], epoch: int
) -> float:
    """Train one epoch more and return its loss; what was trained already stays."""
    dealt, options = _asked(workdir, request, found, digests)
    return train_epoch(dealt.learned, options, workdir, epoch)


def package_step(workdir: Path, request: Request[OilspillTrainingParams], found: Record, digests: list[str]) -> Record:
    """Measure what was trained beside the floor, and write the package."""
    dealt, options = _asked(workdir, request, found, digests)
    told = {
        "heldout": _heldout_text(request.params),
        "pictures": {"learned": len(dealt.learned), "chosen_on": len(dealt.chosen_on), "heldout": len(dealt.heldout)},
    }
    against = Against(
        chosen_on=kept_pictures(dealt.chosen_on) if dealt.chosen_on else None,
        sets={HELDOUT: kept_pictures(dealt.heldout)},
        told=told,
    )
    package = write_measured(dealt.learned, options, workdir, against)
    used = len(dealt.learned) + len(dealt.chosen_on) + len(dealt.heldout)
    return {"figures": _figures(package, used), "issues": [asdict(issue) for issue in _findings(package)]}


def _asked(
    workdir: Path, request: Request[OilspillTrainingParams], found: Record, digests: list[str]
) -> tuple[Dealt, SlickOptions]:
    params, threads = request.params, request.params.threads or default_threads()
    samples = kept_samples(workdir / FETCHED, _groups(params, found), digests)
    if not samples:
        raise NothingUsable(
            "no pair could be read", remedy="Give PNG, JPEG or TIFF pictures with masks of the same size."
        )
    base, seed = _base(request), request.seed % 2**31
    dealt = deal(samples, params.heldout_fraction, seed)
    recipe = SlickRecipe(
        seed=seed,
        classes=1,
        epochs=params.epochs,
        steps=max(LEAST_STEPS, -(-PARTS_PER_PICTURE * len(dealt.learned) // params.batch)),
        batch=params.batch,
        side_px=params.side_px,
        learning_rate=RATE if base is None else RATE * GENTLE,
        averaging=0.98,
        looks=LOOKS,
        threads=threads,
    )
    options = SlickOptions(
        about=_about(params, request.inputs["pairs"][0], len(samples), base),
        recipe=recipe if base is None else as_base(base, recipe),
        base=base,
        pixel_m=params.pixel_m,
        threads=threads,
    )
    return dealt, options


def _base(request: Request[OilspillTrainingParams]) -> Path | None:
    """Return the folder of the model to start from, once it is known that it can be; ``None`` for chance."""
    if request.params.start == "chance":
        return None
    folder = Path(request.models["base"].path)
    base_channels(folder)
    return folder


def _groups(params: OilspillTrainingParams, found: Record) -> list[str]:
    return groups_of(
        found["uris"], found["pictures"], group_from=params.group_from, pattern=params.group_pattern, above=1
    )


def _figures(package: ModelPackage, used: int) -> Record:
    own, floor, spots = package.card.recipe[FIGURES][:3]
    figures: Record = {
        "images_used": {"value": used, "description": "Pictures trained on or measured on"},
        "heldout_scenes": {"value": own["groups"], "description": "Scenes kept back to measure on"},
        "model_bytes": {"value": package.model.stat().st_size, "description": "Size of model.onnx", "unit": "B"},
    }
    ways = (
        ("oil_iou", own, "the model"),
        ("oil_iou_dark_spots", spots, "the detector dark-spots"),
        ("oil_iou_otsu", floor, "plain Otsu's threshold"),
    )
    for name, one, by in ways:
        if one["iou"] is not None:
            figures[name] = {
                "value": one["iou"],
                "low": one["iou_low"],
                "high": one["iou_high"],
                "description": f"Overlap (IoU) of oil on scenes kept back, by {by}",
                "unit": "share",
            }
    return figures


def _findings(package: ModelPackage) -> list[Issue]:
    own, *others = package.card.recipe[FIGURES][:3]
    best = max((one["iou"] for one in others if one["iou"] is not None), default=None)
    issues = []
    if own["groups"] < FEW_SCENES:
        issues.append(
            Issue(
                file="",
                code="few-scenes",
                severity="warning",
                message=f"Only {own['groups']} scenes were kept back: the figures say little",
                remedy="Give more scenes, or keep back a larger share.",
            )
        )
    if own["iou"] is not None and best is not None and own["iou"] <= best:
        issues.append(
            Issue(
                file="",
                code="no-better-than-dark-spots",
                severity="warning",
                message=f"The model outlines oil no better than dark spots alone: IoU {own['iou']:.3f} against "
                f"{best:.3f}",
                remedy="Train longer or on more scenes; until then use detector = dark-spots.",
            )
        )
    return issues


def _heldout_text(params: OilspillTrainingParams) -> str:
    return {
        "none": "own pictures kept back one by one; parts of one scene may stand on both sides",
        "folder": "own pictures kept back by folder",
        "pattern": f"own pictures kept back by scene ({params.group_pattern})",
    }[params.group_from]


def _about(params: OilspillTrainingParams, uri: str, images: int, base: Path | None) -> About:
    own = DataOrigin(
        name=params.data_name or Path(uri).stem,
        citation=params.data_citation,
        licence=params.data_licence,
        url=params.data_url,
        n_images=images,
    )
    return About(
        name=params.name,
        version=params.version,
        title=params.title or params.name,
        instrument=params.instrument,
        created=date.fromisoformat(params.created) if params.created else datetime.now(UTC).date(),
        licence=params.licence,
        intended_use=params.intended_use,
        limits=params.limits,
        data=(own, *(read_card(base).data if base is not None else ())),
    )
