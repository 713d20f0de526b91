"""A model is found by what a user calls it, and is the one it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.learning.tiny_model import tiny_card, tiny_package

from pelagia.catalogue.models import SHIPPED, find_package, list_models, resolve, resolve_slots, store
from pelagia.core.errors import BadInput, Conflict, NotFound
from pelagia.core.service import ModelSlot
from pelagia.learning.package import ModelPackage, read_package


def put(home: Path, version: str = "1.0.0", name: str = "tiny") -> ModelPackage:
    return tiny_package(store(home) / name / version, tiny_card(name=name, version=version))


def test_a_name_means_its_newest_version(tmp_path: Path) -> None:
    put(tmp_path, "1.9.0")
    put(tmp_path, "1.10.0")
    assert resolve("tiny", "classifier", home=tmp_path).version == "1.10.0"
    assert resolve("tiny@1.9.0", "classifier", home=tmp_path).version == "1.9.0"


def test_a_reference_fixes_every_byte_of_the_package(tmp_path: Path) -> None:
    package = put(tmp_path)
    ref = resolve("tiny@1.0.0", "classifier", home=tmp_path)
    assert (ref.role, ref.name, ref.sha256, ref.path) == ("classifier", "tiny", package.sha256, str(package.path))


def test_a_folder_is_a_reference_too(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "my model", tiny_card(name="mine"))
    assert resolve(str(tmp_path / "my model"), "classifier", home=tmp_path / "home").sha256 == package.sha256


def test_a_model_of_the_catalogue_goes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "home")
    tiny_package(tmp_path / "tiny", tiny_card(title="another"))
    monkeypatch.chdir(tmp_path)
    assert find_package("tiny", home=tmp_path / "home").card.title == "Mean colour"
    assert find_package("./tiny", home=tmp_path / "home").card.title == "another"


def test_an_optional_model_is_left_out_where_it_is_not_at_hand(tmp_path: Path) -> None:
    put(tmp_path)
    needed = ModelSlot(role="classifier", default="tiny@1.0.0", description="")
    extra = ModelSlot(role="slicks", default="absent@1.0.0", description="", is_optional=True)
    assert list(resolve_slots([needed, extra], {}, home=tmp_path)) == ["classifier"]
    assert list(resolve_slots([needed, extra], {"slicks": "tiny"}, home=tmp_path)) == ["classifier", "slicks"]


def test_an_optional_model_that_was_chosen_must_be_at_hand(tmp_path: Path) -> None:
    extra = ModelSlot(role="slicks", default="absent@1.0.0", description="", is_optional=True)
    with pytest.raises(NotFound):
        resolve_slots([extra], {"slicks": "other@1.0.0"}, home=tmp_path)
    with pytest.raises(NotFound):
        resolve_slots([ModelSlot(role="slicks", default="absent@1.0.0", description="")], {}, home=tmp_path)


def test_an_unknown_model_names_the_nearest(tmp_path: Path) -> None:
    put(tmp_path, name="flowcam-own")
    with pytest.raises(NotFound, match=r"Did you mean flowcam-own@1\.0\.0"):
        resolve("flowcam-ow", "classifier", home=tmp_path)
    with pytest.raises(NotFound, match="At hand"):
        resolve("flowcam-own@2.0.0", "classifier", home=tmp_path)


def test_a_damaged_model_is_not_given_out(tmp_path: Path) -> None:
    package = put(tmp_path)
    package.model.write_bytes(b"damaged")
    with pytest.raises(Conflict, match=r"model\.onnx"):
        resolve("tiny", "classifier", home=tmp_path)


def test_a_folder_that_is_no_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a model package"):
        resolve(str(tmp_path), "classifier", home=tmp_path)


def test_the_list_is_by_name_newest_first_with_where_it_stands(tmp_path: Path) -> None:
    for name, version in (("b", "1.0.0"), ("a", "1.2.0"), ("a", "1.10.0")):
        put(tmp_path, version, name)
    found = [model for model in list_models(tmp_path) if model.place == "installed"]
    assert [model.reference for model in found] == ["a@1.10.0", "a@1.2.0", "b@1.0.0"]
    assert all(model.card is not None and not model.problem for model in found)


def test_a_broken_card_does_not_hide_the_other_models(tmp_path: Path) -> None:
    put(tmp_path)
    (put(tmp_path, name="broken").path / "card.json").write_text("{}")
    models = {model.name: model for model in list_models(tmp_path)}
    assert models["tiny"].card is not None
    assert models["broken"].card is None
    assert "card.json" in models["broken"].problem


def test_no_home_yet_is_an_empty_store(tmp_path: Path) -> None:
    assert [m for m in list_models(tmp_path / "nowhere") if m.place == "installed"] == []


def test_every_shipped_model_is_whole() -> None:
    folders = sorted(path.parent for path in SHIPPED.glob("*/*/card.json"))
    for folder in folders:
        package = read_package(folder)
        assert folder.parts[-2:] == (package.card.name, package.card.version)
