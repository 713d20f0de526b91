from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import onnxruntime as ort  # noqa: E402

from pelagia.catalogue.models import SHIPPED  # noqa: E402
from pelagia.core.errors import BadInput, BadParameter, NothingUsable  # noqa: E402
from pelagia.core.result import Result  # noqa: E402
from pelagia.core.service import ModelRef, Request  # noqa: E402
from pelagia.learning.card import read_card  # noqa: E402
from pelagia.learning.package import read_heldout, read_package  # noqa: E402
from pelagia.services.flowcam import training  # noqa: E402
from pelagia.services.flowcam.training_service import TRAINING, TrainingParams  # noqa: E402

pytestmark = pytest.mark.training

SMALL = {"size_px": 32, "stages": 3, "epochs": 2, "batch": 8, "threads": 1, "precision": "float32", "tracking": False}
SMALL |= {"created": "2026-01-01"}


class Killed(BaseException):
    pass


@dataclass
class MemorySteps:
    """Steps kept in memory; dies before the step named ``kill_at``."""

    workdir: Path
    kill_at: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    units: int = 0
    ran: list[str] = field(default_factory=list)

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        if key not in self.values:
            if key == self.kill_at:
                raise Killed
            self.values[key] = func(*args)
            self.units += units
            self.ran.append(key)
        return self.values[key]

    def map(
        self, key: str, func: Callable[[Any], Any], items: Iterable[Any], *, units: Callable[[Any], int] | None = None
    ) -> Iterator[Any]:
        for i, item in enumerate(items):
            name = f"{key}/{i}"
            fresh = name not in self.values
            value = self.do(name, func, json.loads(json.dumps(item)))
            self.units += units(value) if units and fresh else 0
            yield value


def _draw(kind: int, rng: np.random.Generator) -> np.ndarray:
    rows, cols = (int(v) for v in rng.integers(24, 48, 2))
    image = (190 + rng.integers(0, 8, (rows, cols, 3))).astype(np.uint8)
    middle, radius = (cols // 2, rows // 2), min(rows, cols) // 3
    if kind == 0:
        cv2.circle(image, middle, radius, (60, 60, 90), -1)
    else:
        cv2.line(image, (2, 2), (cols - 3, rows - 3), (60, 60, 90), 3)
    return image


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Discs and rods of four runs."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "images"
    for kind, name in enumerate(("disc", "rod")):
        (folder / name).mkdir(parents=True)
        for i in range(24):
            cv2.imwrite(str(folder / name / f"run{i % 4}_{i:03d}.png"), _draw(kind, rng))
    return folder


def _request(images: Path, tables: dict[str, tuple[str, ...]] | None = None, **params: Any) -> Request[TrainingParams]:
    return Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"images": (str(images),), **(tables or {})},
        params=TrainingParams(**{**SMALL, **params}),
        seed=5,
    )


def _train(folder: Path, request: Request[TrainingParams]) -> tuple[Result, MemorySteps]:
    folder.mkdir()
    steps = MemorySteps(workdir=folder)
    return training.run(request, steps), steps


def _package(result: Result) -> Path:
    return next(a.path for a in result.artifacts if a.name == "card.json").parent


def test_a_folder_becomes_a_whole_model_package(tmp_path: Path, images: Path) -> None:
    request = _request(images, pixel_size_um=0.5, group_from="pattern", group_pattern=r"^(run\d)_")
    result, steps = _train(tmp_path / "work", request)
    package = read_package(_package(result))
    assert package.card.class_names == ("disc", "rod")
    assert package.card.input.context_names == ("width_um", "height_um")
    assert {a.name for a in result.artifacts if a.role == "model"} == {
        "SHA256SUMS", "card.json", "card.md", "heldout.parquet", "model.onnx",
        "figures/confusion.png", "figures/learning-curves.png", "figures/reliability.png", "figures/unknown.png",
    }  # fmt: skip
    assert steps.units == 48
    heldout = read_heldout(package)
    assert heldout is not None
    assert package.card.scores is not None
    assert len(heldout.path) == package.card.scores.n_heldout == result.tables["heldout"].rows
    assert len(set(heldout.group)) == 1  # one run of four
    assert result.tables["metrics"].read().column("epoch").to_pylist() == [1, 2]


def test_the_packed_model_gives_the_heldout_logits_again(tmp_path: Path, images: Path) -> None:
    result, steps = _train(tmp_path / "work", _request(images, context=()))
    package = read_package(_package(result))
    heldout = read_heldout(package)
    assert heldout is not None
    store = np.load(steps.workdir / "images.npy")
    names = [row["name"] for row in steps.values["list"]["images"].to_pylist()]
    rows = [names.index(path) for path in heldout.path]
    logits = ort.InferenceSession(package.model).run(["logits"], {"image": store[rows]})[0]
    # The weights are kept in 16 bits.
    np.testing.assert_allclose(logits, heldout.logits, atol=0.02)


def test_a_killed_training_goes_on_and_ends_the_same(tmp_path: Path, images: Path) -> None:
    torch.set_num_threads(1)
    request = _request(images, epochs=3)
    whole, _ = _train(tmp_path / "whole", request)
    (tmp_path / "cut").mkdir()
    steps = MemorySteps(workdir=tmp_path / "cut", kill_at="main/epoch/2")
    with pytest.raises(Killed):
        training.run(request, steps)
    again = MemorySteps(workdir=tmp_path / "cut", values=steps.values, units=steps.units)
    resumed = training.run(request, again)
    assert "main/epoch/1" not in again.ran
    assert again.units == 48
    assert (_package(resumed) / "SHA256SUMS").read_text() == (_package(whole) / "SHA256SUMS").read_text()


def test_an_epoch_that_ran_but_was_not_recorded_runs_again_from_the_checkpoint_before(
    tmp_path: Path, images: Path
) -> None:
    torch.set_num_threads(1)
    request = _request(images, epochs=3)
    whole, _ = _train(tmp_path / "whole", request)
    (tmp_path / "cut").mkdir()
    steps = MemorySteps(workdir=tmp_path / "cut", kill_at="main/epoch/2")
    with pytest.raises(Killed):
        training.run(request, steps)
    del steps.values["main/epoch/1"]
    resumed = training.run(request, MemorySteps(workdir=tmp_path / "cut", values=steps.values))
    assert (_package(resumed) / "SHA256SUMS").read_text() == (_package(whole) / "SHA256SUMS").read_text()


def test_with_folds_every_image_is_named_by_a_network_that_never_saw_its_run(tmp_path: Path, images: Path) -> None:
    request = _request(images, folds=2, group_from="pattern", group_pattern=r"^(run\d)_", epochs=1)
    result, steps = _train(tmp_path / "work", request)
    assert result.tables["heldout"].rows == 48
    card = read_card(_package(result))
    assert card.scores is not None
    assert "not of the shipped weights themselves" in card.scores.split
    assert {"fold-1/epoch/0", "fold-2/epoch/0", "final/epoch/0"} <= set(steps.ran)
    table = result.tables["heldout"].read()
    runs = {(g, f) for g, f in zip(table["group"].to_pylist(), table["fold"].to_pylist(), strict=True)}
    assert len(runs) == 4


def test_a_linear_head_learns_from_few_images(tmp_path: Path, images: Path) -> None:
    result, steps = _train(tmp_path / "work", _request(images, mode="head", size_px=64, stages=5))
    assert "main/head" in steps.ran
    assert not any("epoch" in key for key in steps.ran)
    accuracy = result.summary["accuracy"].value
    assert isinstance(accuracy, float)
    assert accuracy > 0.85


def test_a_model_trained_here_is_a_base_for_the_next(tmp_path: Path, images: Path) -> None:
    first, _ = _train(tmp_path / "first", _request(images, epochs=4))
    base = str(_package(first))
    head, _ = _train(tmp_path / "head", _request(images, mode="head", base=base, size_px=96))
    card = read_card(_package(head))
    assert card.input.size_px == 32  # that of the base
    assert card.recipe["training"]["base"] == "package"
    finer, _ = _train(tmp_path / "finer", _request(images, base=base, epochs=1, learning_rate=1e-4))
    assert (
        finer.tables["metrics"].read()["train_loss"][0].as_py()
        < first.tables["metrics"].read()["train_loss"][0].as_py()
    )


def test_a_base_of_the_catalogue_is_the_model_of_the_request(images: Path) -> None:
    folder = SHIPPED / "plankton-isiis" / "1.0.0"
    shipped = ModelRef(role="base", name="x", version="1.0.0", sha256="", path=str(folder))
    request = replace(_request(images, base="x@1.0.0", size_px=32), models={"base": shipped})
    size_px = read_card(folder).input.size_px
    assert size_px != 32
    assert training.estimate(request).understood["network input"] == f"{size_px} px"


def test_a_base_that_was_not_trained_here_is_refused(tmp_path: Path, images: Path) -> None:
    first, _ = _train(tmp_path / "first", _request(images, epochs=1))
    folder = _package(first)
    card = json.loads((folder / "card.json").read_text())
    card["recipe"] = {}
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(BadInput, match="not trained here"):
        training.estimate(_request(images, base=str(folder)))


def test_nothing_is_silently_left_out(tmp_path: Path, images: Path) -> None:
    (images / "disc" / "broken.png").write_bytes(b"")
    (images / "alone.png").write_bytes((images / "disc" / "run0_000.png").read_bytes())
    (images / "notes.txt").write_text("labels by hand")
    (images / "rare").mkdir()
    (images / "rare" / "one.png").write_bytes((images / "disc" / "run0_000.png").read_bytes())
    result, _ = _train(tmp_path / "work", _request(images, epochs=1))
    found = {issue.code: issue for issue in result.issues}
    assert found["image-without-class"].file == "alone.png"
    assert found["not-an-image"].file == "notes.txt"
    assert found["class-too-small"].file == "rare"
    assert found["class-too-small"].objects == 1
    assert any(issue.file == "disc/broken.png" and issue.severity == "error" for issue in result.issues)
    assert all(issue.remedy for issue in result.issues)


def test_one_class_is_not_enough(tmp_path: Path, images: Path) -> None:
    for path in (images / "rod").iterdir():
        path.unlink()
    with pytest.raises(NothingUsable, match="two classes"):
        _train(tmp_path / "work", _request(images))


def test_the_class_table_fills_the_card_and_nothing_is_guessed(tmp_path: Path, images: Path) -> None:
    table = tmp_path / "classes.csv"
    table.write_text("name,scientific_name,aphia_id,is_organism\nrod,Trichodesmium,177604,true\n")
    request = _request(images, {"classes": (str(table),)}, epochs=1)
    result, _ = _train(tmp_path / "work", request)
    rod, disc = read_card(_package(result)).classes
    assert (rod.name, rod.aphia_id) == ("rod", 177604)
    assert (disc.name, disc.aphia_id, disc.scientific_name) == ("disc", None, None)
    assert [i.file for i in result.issues if i.code == "class-without-aphiaid"] == ["disc"]


@pytest.mark.parametrize("line", ["rod,,minus one,true", "rod,,-3,true", "rod,,,perhaps", ",,,true"])
def test_a_class_table_that_cannot_be_is_refused_with_its_line(tmp_path: Path, images: Path, line: str) -> None:
    table = tmp_path / "classes.csv"
    table.write_text(f"name,scientific_name,aphia_id,is_organism\n{line}\n")
    with pytest.raises(BadInput, match="line 2"):
        _train(tmp_path / "work", _request(images, {"classes": (str(table),)}))


def test_the_metadata_table_gives_month_and_run(tmp_path: Path, images: Path) -> None:
    table = tmp_path / "images.csv"
    names = sorted(path.name for path in images.rglob("*.png"))
    rows = "".join(f"{name},{1 + i % 12},{name[:4]}\n" for i, name in enumerate(dict.fromkeys(names)))
    table.write_text("name,month,group\n" + rows)
    request = _request(images, {"metadata": (str(table),)}, context=("month",), group_from="metadata", epochs=1)
    result, steps = _train(tmp_path / "work", request)
    with np.load(steps.workdir / "examples.npz") as stored:
        assert stored["context"].shape == (48, 3)
        assert (stored["context"][:, 2] == 1).all()
    assert set(result.tables["heldout"].read()["group"].to_pylist()) < {"run0", "run1", "run2", "run3"}


def test_the_training_is_written_down_in_a_local_store(tmp_path: Path, images: Path) -> None:
    pytest.importorskip("mlflow")
    result, steps = _train(tmp_path / "work", _request(images, tracking=True))
    assert not [issue for issue in result.issues if issue.code == "tracking-unavailable"]
    assert any(a.role == "model" and a.name.endswith("metrics/main/val_loss") for a in result.artifacts)
    values = next(steps.workdir.glob("mlruns/*/*/metrics/main/val_loss")).read_text().splitlines()
    assert len(values) == 2


def test_a_tracking_server_that_does_not_answer_is_a_finding_not_a_failure(tmp_path: Path, images: Path) -> None:
    pytest.importorskip("mlflow")
    request = _request(images, tracking=True, tracking_uri="http://127.0.0.1:9", epochs=1)
    result, _ = _train(tmp_path / "work", request)
    assert [issue.code for issue in result.issues].count("tracking-unavailable") == 1
    assert read_card(_package(result)).name == "my-flowcam-model"


def test_the_estimate_counts_what_the_run_bills(tmp_path: Path, images: Path) -> None:
    request = _request(images, folds=2)
    estimate = training.estimate(request)
    _, steps = _train(tmp_path / "work", request)
    assert estimate.units == steps.units == 48
    assert estimate.steps == len(steps.ran)


@pytest.mark.parametrize("pattern", ["run", "(", "a)(b", "(?=run)(.)"])
def test_a_group_pattern_must_mark_a_group(pattern: str) -> None:
    with pytest.raises(BadParameter):
        TrainingParams(group_from="pattern", group_pattern=pattern)


def test_scratch_with_a_base_contradicts_itself() -> None:
    with pytest.raises(BadParameter):
        TrainingParams(mode="scratch", base="somewhere")
