"""A model package is read back whole, or refused with the file that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pelagia.core.errors import BadInput, Conflict
from pelagia.learning.card import CardClass, CardInput, ModelCard
from pelagia.learning.package import (
    Heldout,
    ModelPackage,
    pack,
    read_heldout,
    read_package,
    read_sums,
    write_package,
    write_sums,
)

CARD = ModelCard(
    name="tiny",
    version="1.0.0",
    title="Tiny",
    instrument="FlowCam",
    created=date(2026, 1, 2),
    classes=(CardClass(name="Protist"), CardClass(name="Junk", is_organism=False)),
    input=CardInput(size_px=8),
    licence="Apache-2.0",
    sha256="0" * 64,
)
HELDOUT = Heldout(
    true_class=["Protist", "Junk", "Junk"],
    group=["a", "a", "b"],
    logits=np.array([[1, 2], [3, 4], [5, 6]], np.float32),
    path=["a/1.png", "a/2.png", "b/3.png"],
)


@pytest.fixture
def package(tmp_path: Path) -> ModelPackage:
    return write_package(
        tmp_path / "tiny", model=b"weights", card=CARD, page="# Tiny\n", heldout=HELDOUT, figures={"curve.png": b"png"}
    )


def test_a_package_holds_what_was_written(package: ModelPackage) -> None:
    assert sorted(p.relative_to(package.path).as_posix() for p in package.path.rglob("*") if p.is_file()) == [
        "SHA256SUMS", "card.json", "card.md", "figures/curve.png", "heldout.parquet", "model.onnx",
    ]  # fmt: skip
    assert read_package(package.path) == package
    assert package.card.sha256 == read_sums(package.path)["model.onnx"]


def test_heldout_images_come_back_equal(package: ModelPackage) -> None:
    found = read_heldout(package)
    assert found is not None
    assert (found.logits == HELDOUT.logits).all()
    assert (found.true_class, found.group, found.path) == (HELDOUT.true_class, HELDOUT.group, HELDOUT.path)
    assert found.labels(package.card.class_names).tolist() == [0, 1, 1]


def test_the_sums_are_those_of_sha256sum(package: ModelPackage) -> None:
    text = (package.path / "SHA256SUMS").read_text()
    assert "  card.json\n" in text
    assert text.splitlines() == sorted(text.splitlines(), key=lambda line: line[66:])


@pytest.mark.parametrize("name", ["model.onnx", "card.md", "heldout.parquet", "figures/curve.png"])
def test_a_changed_file_is_named(package: ModelPackage, name: str) -> None:
    path = package.path / name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Conflict, match=name.replace(".", r"\.")):
        read_package(package.path)


def test_a_missing_file_is_named(package: ModelPackage) -> None:
    (package.path / "heldout.parquet").unlink()
    with pytest.raises(BadInput, match=r"heldout\.parquet"):
        read_package(package.path)


def test_a_link_is_not_taken_for_a_file(package: ModelPackage, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes((package.path / "card.md").read_bytes())
    (package.path / "card.md").unlink()
    (package.path / "card.md").symlink_to(outside)
    with pytest.raises(BadInput, match=r"card\.md"):
        read_package(package.path)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:/x", "a//b"])
def test_sums_that_point_outside_are_refused(package: ModelPackage, name: str) -> None:
    with (package.path / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  {name}\n")
    with pytest.raises(BadInput, match="does not name a file"):
        read_package(package.path)


def test_a_card_of_another_model_is_refused(package: ModelPackage) -> None:
    (package.path / "model.onnx").write_bytes(b"other weights")
    write_sums(package.path)
    with pytest.raises(Conflict, match="another model"):
        read_package(package.path)


def test_a_folder_without_sums_is_no_package(package: ModelPackage) -> None:
    (package.path / "SHA256SUMS").unlink()
    with pytest.raises(BadInput, match="SHA256SUMS"):
        read_package(package.path)


def test_a_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Conflict, match="something else"):
        write_package(tmp_path, model=b"weights", card=CARD, page="")
    assert (tmp_path / "thesis.txt").exists()


def test_writing_again_replaces_the_package(package: ModelPackage) -> None:
    again = write_package(package.path, model=b"new weights", card=CARD, page="")
    assert again.sha256 != package.sha256
    assert not (again.path / "figures" / "curve.png").exists()


def test_packing_twice_gives_the_same_bytes(package: ModelPackage, tmp_path: Path) -> None:
    first, second = pack(package.path, tmp_path / "1.zip"), pack(package.path, tmp_path / "2.zip")
    assert first.read_bytes() == second.read_bytes()


def test_heldout_of_another_model_is_refused(package: ModelPackage) -> None:
    card = package.card.model_copy(update={"classes": (CardClass(name="Copepod"),)})
    with pytest.raises(BadInput, match="do not fit"):
        read_heldout(ModelPackage(path=package.path, card=card, sha256=package.sha256))
