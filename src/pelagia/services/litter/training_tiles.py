"""Classes of tiles learned from a folder of tiles for each class."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pelagia.core.errors import NothingUsable
from pelagia.core.ground import TILE_CLASSES
from pelagia.core.result import Figure, Issue
from pelagia.core.service import Request, Steps
from pelagia.core.table import Column, Table, TableWriter
from pelagia.learning.session import default_threads
from pelagia.learning.train.dataset import IMAGES_FILE, Listed, create_store, store_images
from pelagia.learning.train.fold import load_fold, save_folds
from pelagia.learning.train.measured import FEWEST_RUNS, Measured
from pelagia.learning.train.sources import chunks, input_records
from pelagia.learning.train.split import deal_folds
from pelagia.learning.train.tiles.base import read_tile_base
from pelagia.learning.train.tiles.data import TileData, balanced
from pelagia.learning.train.tiles.export import check_tiles, tiles_to_onnx
from pelagia.learning.train.tiles.loop import TileRecipe, predict_tiles, train_tiles
from pelagia.learning.train.tiles.network import TILE_PX
from pelagia.learning.train.tiles.package import (
    About,
    check_litter,
    draw_examples,
    heldout_tiles,
    litter_tiles,
    measure_tiles,
    write_tile_package,
)
from pelagia.services.litter.training_data import Told, data_origin, group_names, tile_labels
from pelagia.services.litter.training_service import LitterTrainingParams

ALLOWED_FILE = "allowed.npy"
BALANCE = 0.5
LEARNING_RATE = 1e-3  # gentler than from ImageNet: the head knows something already
CHECKED_AT_MOST = 200

METRIC_COLUMNS = (
    Column(name="epoch", type=pa.int32(), description="Round through the pictures, from 1"),
    Column(name="train_loss", type=pa.float64(), description="Loss on the training pictures as changed"),
)
HELDOUT_COLUMNS = (
    Column(name="path", type=pa.string(), description="Name of the tile in its source"),
    Column(name="group", type=pa.string(), description="Tiles that were kept together"),
    Column(name="true_class", type=pa.string(), description="The folder it stood in"),
    Column(name="predicted_class", type=pa.string(), description="Class named by the model"),
    Column(name="litter_probability", type=pa.float64(), description="Probability of litter", unit="share"),
)


def train_tile_model(request: Request[LitterTrainingParams], steps: Steps, found: dict[str, Any]) -> Told:
    """Read the tiles, train on whole groups, measure on those kept back, write the package."""
    params, workdir = request.params, steps.workdir
    steps.do("room", room_step, str(workdir), len(found["names"]))
    read = list(
        steps.map("read", read_step, chunks(workdir, found["uris"], found["names"]), units=lambda value: value["read"])
    )
    shapes = np.concatenate([part["shapes"] for part in read])
    groups = group_names(found["uris"], found["names"], params, above=2)
    place = workdir, request.seed % 2**31
    split = steps.do("split", split_step, place, found["labels"], groups, shapes, params.heldout_fraction)
    recipe, base = _recipe(request), str(request.models["base"].path)
    losses = [
        steps.do(f"epoch/{epoch}", epoch_step, str(workdir), base, recipe, groups, epoch)
        for epoch in range(params.epochs)
    ]
    packed = steps.do("package", package_step, workdir, request, found, groups, losses)
    issues = [*found["issues"], *(i for part in read for i in part["issues"]), *split["issues"], *packed["issues"]]
    return Told(
        tables={name: Table(name=name, path=workdir / f"{name}.parquet") for name in ("metrics", "heldout")},
        summary={name: Figure(**told) for name, told in packed["figures"].items()},
        issues=tuple(Issue(**issue) for issue in issues),
        records=input_records(
            found["uris"],
            found["names"],
            [digest for part in read for digest in part["sha256"]],
            [size for part in read for size in part["bytes"]],
        ),
    )


def _recipe(request: Request[LitterTrainingParams]) -> TileRecipe:
    params = request.params
    return TileRecipe(
        seed=request.seed % 2**31,
        epochs=params.epochs,
        batch=params.batch,
        learning_rate=LEARNING_RATE,
        threads=params.threads or default_threads(),
    )


def room_step(workdir: str, count: int) -> None:
    """Make room for the tiles."""
    if not count:
        raise NothingUsable(
            "no tile in a class folder was found", remedy="Put the tiles into one sub-folder per class."
        )
    create_store(Path(workdir), count, TILE_PX)


def read_step(item: dict[str, Any]) -> dict[str, Any]:
    """Decode some tiles and bring them to the working scale."""
    listed = [
        Listed(uri=uri, name=name, class_name="", bytes=0)
        for uri, name in zip(item["uris"], item["names"], strict=True)
    ]
    found = store_images(Path(item["folder"]), item["first"], listed)
    return {
        "shapes": found.shapes,
        "sha256": found.sha256,
        "issues": [asdict(issue) for issue in found.issues],
        "read": int((found.shapes[:, 0] > 0).sum()),
        "bytes": [3 * int(rows * cols) for rows, cols in found.shapes],
    }


def split_step(
    place: tuple[Path, int], labels: list[str], groups: list[str], shapes: npt.NDArray[np.int64], heldout: float
) -> dict[str, Any]:
    """Say what each tile may be, and deal whole groups into what is learned from and what is kept back."""
    workdir, seed = place
    allowed, issues = tile_labels(labels)
    allowed[shapes[:, 0] == 0] = 0
    usable = np.asarray(allowed.any(axis=1))
    if len({tuple(row) for row in allowed[usable].tolist()}) < 2:
        raise NothingUsable(
            "tiles of two classes at least are needed",
            value=", ".join(sorted({label for label, use in zip(labels, usable, strict=True) if use})) or "none",
            remedy=f"Name the folders {', '.join(TILE_CLASSES)}; or 'litter' and 'no litter'.",
        )
    kinds = np.where(usable, allowed.argmax(axis=1), -1)
    folds = deal_folds(
        kinds, groups, folds=1, heldout=heldout, validation=0.0, rng=np.random.default_rng((seed, len(labels)))
    )
    np.save(workdir / ALLOWED_FILE, allowed)
    save_folds(workdir, folds)
    return {"issues": [asdict(issue) for issue in issues]}


def load_tiles(workdir: Path, groups: list[str], part: str) -> tuple[TileData, npt.NDArray[np.int64]]:
    """Return the tiles that are learned from (``train``) or kept back (``heldout``), and their rows."""
    fold = load_fold(workdir, "main")
    rows = np.concatenate([fold.train, fold.validation]) if part == "train" else fold.heldout
    store, allowed = np.load(workdir / IMAGES_FILE, mmap_mode="r"), np.load(workdir / ALLOWED_FILE)
    return (
        TileData(
            images=np.array(store[rows]),
            allowed=allowed[rows][:, None, None],
            weights=np.ones((len(rows), 1, 1), np.float32),
            groups=tuple(groups[row] for row in rows),
        ),
        rows,
    )


def epoch_step(workdir: str, base: str, recipe: TileRecipe, groups: list[str], epoch: int) -> float:
    """Train one epoch from the checkpoint of the one before; return its loss."""
    data, _ = load_tiles(Path(workdir), groups, "train")
    start = read_tile_base(Path(base))
    _, losses = train_tiles(
        [balanced(data, BALANCE)],
        replace(recipe, shape=start.shape),
        Path(workdir) / "training",
        lambda *_: None,
        start,
        until=epoch + 1,
    )
    return losses[epoch]


def package_step(
    workdir: Path,
    request: Request[LitterTrainingParams],
    found: dict[str, Any],
    groups: list[str],
    losses: list[float],
) -> dict[str, Any]:
    """Export the network, measure it on the tiles kept back, write package and tables."""
    params = request.params
    data, rows = load_tiles(workdir, groups, "heldout")
    learned, _ = load_tiles(workdir, groups, "train")
    base = read_tile_base(Path(request.models["base"].path))
    recipe = replace(_recipe(request), shape=base.shape)
    network, _ = train_tiles([learned], recipe, workdir / "training", lambda *_: None, base)
    model = tiles_to_onnx(network)
    difference = check_tiles(model, network, data.images[:CHECKED_AT_MOST])
    logits = predict_tiles(network, data.images)
    names = [found["names"][row] for row in rows]
    measured, heldout = _measured(data, logits, names, _split_text(params, data, learned), len(learned))
    temperature = 1.0 if measured is None else measured.calibration.temperature
    chance, is_litter, told_groups = litter_tiles(data, logits, temperature)
    rng = np.random.default_rng(recipe.seed)
    check = check_litter(chance, is_litter, told_groups, "kept back from training", rng)
    write_tile_package(
        workdir / "package",
        model=model,
        about=_about(params, found["uris"][0], len(data) + len(learned)),
        measured=measured,
        heldout=heldout,
        checks={"tiles kept back": check},
        recipe={
            **recipe.to_json(),
            "base": f"{request.models['base'].name}@{request.models['base'].version}",
            "service": f"{request.service} {request.service_version}",
            "losses": [round(loss, 4) for loss in losses],
            "difference_after_export": difference,
        },
        examples=draw_examples(data.images[: CHECKED_AT_MOST // 10], logits[: CHECKED_AT_MOST // 10]),
    )
    _write_tables(workdir, losses, [found["labels"][row] for row in rows], names, data, logits, temperature)
    figures: dict[str, Any] = {
        "images_used": {"value": len(data) + len(learned), "description": "Tiles trained on or measured on"},
        "heldout_images": {"value": len(data), "description": "Tiles kept back"},
        "model_bytes": {"value": len(model), "description": "Size of model.onnx", "unit": "B"},
    }
    if check is not None:
        words = "Litter told from no litter on tiles kept back: area under the ROC curve"
        figures["litter_auc"] = _figure(check.auc, check.low, check.high, words)
    if measured is not None:
        scores = measured.scores
        for key, one, words in (
            ("accuracy", scores.accuracy, "Share of the tiles kept back that are named right"),
            ("macro_f1", scores.macro_f1, "Mean F1 over the classes, tiles kept back"),
        ):
            figures[key] = _figure(one.value, one.low, one.high, words)
    few = len(set(data.groups)) < FEWEST_RUNS
    return {"figures": figures, "issues": [asdict(_few_groups(params, len(set(data.groups))))] if few else []}


def _measured(
    data: TileData, logits: npt.NDArray[np.float32], names: list[str], split: str, n_train: int
) -> tuple[Measured | None, Any]:
    heldout = heldout_tiles(data, logits)
    if not len(heldout.path):
        return None, None
    square = [int(path.split("/")[0]) for path in heldout.path]
    heldout = type(heldout)(
        true_class=heldout.true_class,
        group=heldout.group,
        logits=heldout.logits,
        path=[names[number] for number in square],
    )
    return measure_tiles(heldout, split=split, n_train=n_train, rng=np.random.default_rng(0)), heldout


def _write_tables(
    workdir: Path,
    losses: list[float],
    labels: list[str],
    names: list[str],
    data: TileData,
    logits: npt.NDArray[np.float32],
    temperature: float,
) -> None:
    with TableWriter("metrics", workdir / "metrics.parquet", METRIC_COLUMNS) as writer:
        writer.write_records([{"epoch": n + 1, "train_loss": loss} for n, loss in enumerate(losses)])
    best = logits[:, 0, 0].argmax(axis=-1)
    scaled = logits[:, 0, 0] / temperature
    chance = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    table = pa.table(
        {
            "path": names,
            "group": list(data.groups),
            "true_class": labels,
            "predicted_class": [TILE_CLASSES[i] for i in best],
            "litter_probability": chance[:, :2].sum(axis=1).astype(np.float64),
        }
    )
    with TableWriter("heldout", workdir / "heldout.parquet", HELDOUT_COLUMNS) as writer:
        writer.write(table)


def _split_text(params: LitterTrainingParams, data: TileData, learned: TileData) -> str:
    how = {
        "none": "single tiles; neighbours stand on both sides, so that the figures are optimistic",
        "folder": "whole folders above the class folders",
        "pattern": f"whole groups told by the file name ({params.group_pattern})",
    }[params.group_from]
    groups = len(set(data.groups)), len({*data.groups, *learned.groups})
    return f"{how}; {groups[0]:,} of {groups[1]:,} groups."


def _about(params: LitterTrainingParams, uri: str, images: int) -> About:
    return About(
        name=params.name,
        version=params.version,
        title=params.title or params.name,
        created=date.fromisoformat(params.created) if params.created else datetime.now(UTC).date(),
        licence=params.licence,
        intended_use=params.intended_use,
        limits=params.limits,
        data=(data_origin(params, uri, images),),
    )


def _figure(value: float, low: float, high: float, words: str) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "description": words, "unit": "share"}


def _few_groups(params: LitterTrainingParams, groups: int) -> Issue:
    return Issue(
        file=f"{params.name}@{params.version}",
        code="few-groups",
        message="The tiles that were kept back come from few groups: how another beach would do cannot be told",
        remedy=f"Add tiles of more beaches or flights (at least {FEWEST_RUNS} kept back).",
        value=f"{groups} groups",
    )
