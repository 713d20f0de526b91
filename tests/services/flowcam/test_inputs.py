"""Loose vignettes and EcoTaxa bundles: images in are objects out, whatever the files are like."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.learning.tiny_model import plain_image, tiny_card, tiny_graph, tiny_package
from tests.services.flowcam.conftest import Outcome

from pelagia.core.errors import NothingUsable
from pelagia.core.service import Estimate
from pelagia.io.images import encode_png
from pelagia.services.flowcam.places import Place

Analyse = Callable[..., Outcome]
Estimated = Callable[..., Estimate]
RED, BLUE = (250, 0, 0), (0, 0, 250)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images in two classes."""
    for name, colour in (("Acartia/a.png", RED), ("Acartia/b.png", RED), ("Oithona/a.png", BLUE)):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(plain_image(colour)))
    return tmp_path / "images"


def zipped(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                target.write(path, path.relative_to(folder).as_posix())
    return archive


@pytest.mark.parametrize("pack", [lambda folder: folder, zipped], ids=["folder", "zip"])
def test_a_folder_or_zip_of_vignettes_keeps_its_labels(
    folder: Path, analyse: Analyse, pack: Callable[[Path], Path]
) -> None:
    outcome = analyse(pack(folder))
    rows = {row["source_file"]: row for row in outcome.rows("objects")}
    assert {name: row["given_label"] for name, row in rows.items()} == {
        "Acartia/a.png": "Acartia",
        "Acartia/b.png": "Acartia",
        "Oithona/a.png": "Oithona",
    }
    assert [row["predicted_taxon"] for row in rows.values()] == ["Red", "Red", "Blue"]
    assert len({row["object_id"] for row in rows.values()}) == 3
    assert outcome.billed == outcome.estimate.units == 3
    assert outcome.estimate.steps == outcome.steps


def test_without_a_pixel_size_sizes_are_unknown_and_that_is_told(
    folder: Path, analyse: Analyse, tmp_path: Path
) -> None:
    weights = np.zeros((7, 4), np.float32)
    card = tiny_card(context=("width_um", "height_um"))
    model = tiny_package(tmp_path / "sized", card, tiny_graph(weights, context_columns=4))
    assert "pixel-size-unknown" in analyse(folder, model=model).codes
    assert "pixel-size-unknown" not in analyse(folder, model=model, pixel_size_um=0.5).codes


def write(path: Path, image: np.ndarray) -> None:
    assert cv2.imwrite(str(path), image)


def test_odd_images_are_classified_and_told(folder: Path, analyse: Analyse) -> None:
    red = plain_image(RED)[..., ::-1]
    write(folder / "Acartia/16bit.png", red.astype(np.uint16) * 257)
    alpha = np.full((*red.shape[:2], 1), 128, np.uint8)
    write(folder / "Acartia/alpha.png", np.concatenate([red, alpha], axis=2))
    outcome = analyse(folder)
    assert outcome.billed == 5
    assert {"image-16-bit", "image-alpha"} <= outcome.codes
    for code, name in (("image-16-bit", "16bit.png"), ("image-alpha", "alpha.png")):
        assert name in outcome.issue(code).file
        assert outcome.issue(code).remedy


def test_broken_images_cost_only_themselves(folder: Path, analyse: Analyse) -> None:
    whole = (folder / "Acartia/a.png").read_bytes()
    (folder / "Acartia/empty.png").write_bytes(b"")
    (folder / "Acartia/half.png").write_bytes(whole[: len(whole) // 2])
    (folder / "Acartia/text.png").write_bytes(b"not an image at all")
    outcome = analyse(folder)
    lost = {row["source_file"]: row["problem"] for row in outcome.rows("objects") if row["status"] == "unclassified"}
    assert set(lost) == {"Acartia/empty.png", "Acartia/half.png", "Acartia/text.png"}
    assert set(lost.values()) <= outcome.codes
    assert outcome.billed == 3
    assert outcome.counted == 6


def test_an_empty_image_among_others_is_told_beforehand_and_is_no_use(folder: Path, analyse: Analyse) -> None:
    (folder / "Acartia/empty.png").write_bytes(b"")
    outcome = analyse(folder)
    (told,) = (one for one in outcome.estimate.issues if one.code == "image-empty")
    assert told == outcome.issue("image-empty")
    assert told.file == "Acartia/empty.png"
    assert (outcome.estimate.objects, outcome.estimate.units, outcome.billed) == (4, 3, 3)


def test_images_that_are_all_empty_are_nothing_usable(tmp_path: Path, analyse: Analyse, estimated: Estimated) -> None:
    image = tmp_path / "empty.png"
    image.write_bytes(b"")
    estimate = estimated(image)
    assert (estimate.objects, estimate.units) == (0, 0)
    assert [one.code for one in estimate.issues] == ["image-empty"]
    with pytest.raises(NothingUsable, match=r"empty\.png: The image file is empty"):
        analyse(image)


def test_an_archive_uploaded_beside_loose_images_is_an_input_like_them(
    folder: Path, analyse: Analyse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "home"))
    upload = tmp_path / "home" / "uploads" / "0123456789abcdef"
    upload.mkdir(parents=True)
    zipped(folder).rename(upload / "cruise.zip")
    for name in ("one.png", "two.png"):
        (upload / name).write_bytes(encode_png(plain_image(BLUE)))
    (upload / "broken.zip").write_bytes(b"PK\3\4 and no more")
    outcome = analyse("upload://0123456789abcdef")
    assert {row["sample_id"]: row["listed"] for row in outcome.rows("samples")} == {"images": 2, "cruise": 3}
    assert set(outcome.estimate.understood) == {"images", "cruise"}
    assert outcome.billed == outcome.estimate.units == 5
    assert outcome.estimate.steps == outcome.steps
    assert "file-not-image" not in outcome.codes
    assert outcome.issue("zip-damaged").file == "upload://0123456789abcdef/broken.zip"


def test_an_archive_in_a_folder_is_not_opened_and_that_is_told(folder: Path, analyse: Analyse) -> None:
    zipped(folder).rename(folder / "again.zip")
    outcome = analyse(folder)
    assert outcome.billed == 3
    assert outcome.issue("file-not-image").value == "again.zip"


def test_a_file_that_is_no_image_is_noted(folder: Path, analyse: Analyse) -> None:
    (folder / "readme.txt").write_text("hello")
    assert "readme.txt" in analyse(folder).issue("file-not-image").value


def test_a_zip_bomb_is_refused_and_the_other_input_goes_on(folder: Path, analyse: Analyse, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a.png", b"\0" * 300_000_000)
    outcome = analyse(bomb, folder)
    assert outcome.counted >= 3
    told = [issue for issue in outcome.result.issues if "bomb.zip" in issue.file or issue.file == "a.png"]
    assert told
    assert all(issue.remedy and issue.value for issue in told if issue.severity == "error")


def test_a_folder_of_nothing_known_says_what_is_welcome(analyse: Analyse, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    place.mkdir()
    (place / "a.docx").write_bytes(b"x")
    with pytest.raises(NothingUsable, match=r"no FlowCam run.*run folder"):
        analyse(place)


# --- EcoTaxa ----------------------------------------------------------------------------------------------------------

TABLE = """img_file_name\timg_rank\tobject_id\tobject_lat\tobject_lon\tobject_date\tobject_time\
\tobject_annotation_category\tobject_annotation_status\tobject_annotation_person_name\tobject_area\tsample_id
[t]\t[f]\t[t]\t[f]\t[f]\t[t]\t[t]\t[t]\t[t]\t[t]\t[f]\t[t]
a.png\t0\tobj1\t54.1\t3.2\t20260408\t101500\tAcartia\tvalidated\tM. Rossi\t120\tstation1
b.png\t0\tobj2\t54.1\t3.2\t20260408\t101501\tOithona\tpredicted\t\t90\tstation1
gone.png\t0\tobj3\t54.2\t3.3\t20260409\t101501\tOithona\tpredicted\t\t90\tstation2
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    place = tmp_path / "bundle"
    place.mkdir()
    (place / "ecotaxa_test.tsv").write_text(TABLE, encoding="utf-8")
    for name in ("a.png", "b.png"):
        (place / name).write_bytes(encode_png(plain_image(RED)))
    return place


def test_an_ecotaxa_bundle_keeps_samples_positions_and_validations(bundle: Path, analyse: Analyse) -> None:
    outcome = analyse(bundle)
    rows = {row["object_id"]: row for row in outcome.rows("objects")}
    assert [rows[name]["status"] for name in ("obj1", "obj2", "obj3")] == ["validated", "predicted", "unclassified"]
    assert (rows["obj1"]["taxon"], rows["obj1"]["validated_by"]) == ("Acartia", "M. Rossi")
    assert (rows["obj2"]["taxon"], rows["obj2"]["given_label"]) == ("Red", "Oithona")
    assert rows["obj3"]["problem"] == outcome.issue("image-missing").code
    assert rows["obj1"]["object_area"] == 120
    samples = {row["sample_id"]: row for row in outcome.rows("samples")}
    assert samples["station1"]["latitude"] == pytest.approx(54.1)
    assert (samples["station1"]["listed"], samples["station2"]["unclassified"]) == (2, 1)
    assert outcome.billed == outcome.estimate.units == 2
    assert outcome.counted == 3


def test_loose_files_of_an_upload_are_a_sample_with_a_name_that_says_something() -> None:
    upload = "upload://0123456789abcdef0123456789abcdef"
    assert Place(uri=upload, kind="vignettes").name == "images"
    assert Place(uri=f"{upload}/cruise 3", kind="vignettes").name == "cruise 3"
    assert Place(uri=f"{upload}/cruise 3.zip", kind="vignettes").name == "cruise 3"
