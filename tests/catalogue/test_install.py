"""A model comes into the store whole and checked, or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.learning.tiny_model import tiny_card, tiny_package

from pelagia.catalogue import install as install_module
from pelagia.catalogue.install import install
from pelagia.catalogue.models import find_package, store
from pelagia.core.errors import BadInput, Conflict, NotFound
from pelagia.learning.package import ModelPackage, pack, write_sums


@pytest.fixture
def package(tmp_path: Path) -> ModelPackage:
    return tiny_package(tmp_path / "trained")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def leftovers(home: Path) -> list[Path]:
    return [p for p in store(home).glob("*") if p.name.startswith(".")] if store(home).exists() else []


def test_a_folder_is_installed_under_name_and_version(package: ModelPackage, home: Path) -> None:
    (package.path / "notes.txt").write_text("not part of the package")
    model = install(package.path, home=home)
    assert (model.reference, model.place) == ("tiny@1.0.0", "installed")
    assert find_package("tiny", home=home).sha256 == package.sha256
    assert not (model.path / "notes.txt").exists()
    assert leftovers(home) == []


def test_a_packed_model_is_installed_equal(package: ModelPackage, home: Path, tmp_path: Path) -> None:
    install(pack(package.path, tmp_path / "model.zip"), home=home)
    assert find_package("tiny", home=home).sha256 == package.sha256


def test_a_zip_without_a_folder_around_it_is_taken_too(package: ModelPackage, home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        for path in package.path.iterdir():
            if path.is_file():
                archive.write(path, path.name)
    assert install(tmp_path / "flat.zip", home=home).reference == "tiny@1.0.0"


def test_installing_the_same_model_again_changes_nothing(package: ModelPackage, home: Path) -> None:
    assert install(package.path, home=home).path == install(package.path, home=home).path


def test_another_model_of_the_same_version_is_refused(package: ModelPackage, home: Path, tmp_path: Path) -> None:
    install(package.path, home=home)
    other = tiny_package(tmp_path / "other", tiny_card(title="retrained"))
    with pytest.raises(Conflict, match="higher version"):
        install(other.path, home=home)
    assert find_package("tiny", home=home).sha256 == package.sha256


def test_a_damaged_package_is_named_by_the_path_the_user_gave(package: ModelPackage, home: Path) -> None:
    package.model.write_bytes(b"damaged")
    with pytest.raises(Conflict) as caught:
        install(package.path, home=home)
    assert caught.value.file == str(package.model)
    assert not (store(home) / "tiny").exists()
    assert leftovers(home) == []


def test_a_zip_cannot_write_outside(package: ModelPackage, home: Path, tmp_path: Path) -> None:
    with (package.path / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ../../evil\n")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        for path in package.path.iterdir():
            if path.is_file():
                archive.write(path, path.name)
        archive.writestr("../../evil", b"evil")
    with pytest.raises(BadInput, match="does not name a file"):
        install(tmp_path / "evil.zip", home=home)
    assert not (tmp_path / "evil").exists()


def test_a_zip_bomb_is_stopped_while_unpacking(
    package: ModelPackage, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_module, "MAX_BYTES", 1_000_000)
    (package.path / "figures" / "large.png").write_bytes(bytes(2_000_000))
    write_sums(package.path)
    with pytest.raises(BadInput, match="larger than"):
        install(pack(package.path, tmp_path / "bomb.zip"), home=home)
    assert leftovers(home) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(BadInput, match="not a model package"):
        install(tmp_path / "x.zip", home=home)


def test_a_zip_of_something_else_is_refused(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadInput, match="no SHA256SUMS"):
        install(tmp_path / "x.zip", home=home)


def test_nothing_there_is_not_found(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        install(tmp_path / "absent", home=home)
