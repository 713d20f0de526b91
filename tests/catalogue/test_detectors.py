"""Detectors that observatories published, made models by one command; the files are made here as tools write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from tests.learning.test_detector_foreign import OBSEA, torchvision_graph, ultralytics_graph

from pelagia.catalogue.detectors import classes_of, read_export
from pelagia.cli.models_detector import detector as command
from pelagia.core.errors import BadInput, BadParameter, NotFound
from pelagia.learning.detector import load_detector
from pelagia.services.ecosystem.searching import aphia_ids, search_frame


def exported(path: Path, *, names: str = "", imgsz: str = "", is_dynamic: bool = False) -> Path:
    """A file as ultralytics exports it, with what it writes beside the graph."""
    model = onnx.load_from_string(ultralytics_graph(6, 384, 640, is_dynamic=is_dynamic))
    told = {"description": "Ultralytics YOLOv8n model", "license": "AGPL-3.0", "stride": "32", "task": "detect"}
    for key, value in (told | {"names": names, "imgsz": imgsz}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.save(model, str(path))
    return path


NAMES = str(dict(enumerate(OBSEA)))
ARGUMENTS = (
    *("--name", "obsea-12sp", "--title", "OBSEA fish", "--licence", "AGPL-3.0", "--published", "2024-10-08"),
    *("--url", "https://doi.org/10.5281/zenodo.13903520"),
)


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_published_detector_becomes_a_model_with_names_and_aphia_ids(tmp_path: Path) -> None:
    best = exported(tmp_path / "best.onnx", names=NAMES, imgsz="[384, 640]")
    table = tmp_path / "classes.csv"
    table.write_text("name,scientific_name,aphia_id\nDiplodus vulgaris,Diplodus vulgaris,127054\n", encoding="utf-8")
    run(best, "--out", tmp_path / "obsea", "--classes", table, "--score-from", "0.5", *ARGUMENTS)
    detector = load_detector(tmp_path / "obsea", threads=1)
    assert detector.classes == OBSEA
    assert aphia_ids(detector)["Diplodus vulgaris"] == 127_054
    assert detector.card.data[0].url.endswith("zenodo.13903520")
    found = search_frame(detector, np.zeros((1080, 1920, 3), np.uint8), name_from=0.6)
    # 640 px of the window are 1,920 px of the frame, three times as many.
    assert found.boxes.edges.tolist() == [[540, 780, 660, 1020]]
    assert found.taxa == ("Diplodus vulgaris",)


def test_open_sides_take_the_size_that_the_exporter_wrote_down(tmp_path: Path) -> None:
    best = exported(tmp_path / "best.onnx", names=NAMES, imgsz="[640, 640]", is_dynamic=True)
    assert read_export(best).size_px == 640
    run(best, "--out", tmp_path / "obsea", "--long-side-px", "1280", "--pixels", "imagenet", *ARGUMENTS)
    detector = load_detector(tmp_path / "obsea", threads=1)
    assert detector.takes_any_side
    assert (detector.window_px, detector.traits.long_side_px) == (640, 1280)
    assert detector.traits.mean_rgb[0] == 123.675


def test_a_torchvision_export_names_nothing_and_gets_its_classes_from_the_table(tmp_path: Path) -> None:
    best = tmp_path / "best.onnx"
    best.write_bytes(torchvision_graph((3, "height", "width"), ("boxes", "labels", "scores")))
    table = tmp_path / "classes.csv"
    table.write_text("name\ncrab\nsnail\n", encoding="utf-8")
    assert read_export(best).names == ()
    out = tmp_path / "model"
    run(best, "--out", out, "--classes", table, "--style", "torchvision", "--size-px", "96", *ARGUMENTS)
    detector = load_detector(out, threads=1)
    window = np.zeros((64, 96, 3), np.uint8)
    window[21] = 255
    assert [detector.classes[label] for label in detector.detect([window])[0].labels] == ["snail"]


def test_classes_that_nobody_names_or_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "classes.csv"
    table.write_text("name\nwhale\n", encoding="utf-8")
    nameless = read_export(exported(tmp_path / "nameless.onnx"))
    with pytest.raises(BadParameter, match="does not name its classes"):
        classes_of(nameless)
    named = read_export(exported(tmp_path / "named.onnx", names=NAMES))
    with pytest.raises(BadParameter, match="does not have") as caught:
        classes_of(named, str(table))
    assert caught.value.value == "whale"


@pytest.mark.parametrize("names", ["__import__('os').getcwd()", "{0: 'a', 2: 'b'}", "(" * 5000, "7"])
def test_names_that_are_no_list_are_not_taken(tmp_path: Path, names: str) -> None:
    assert read_export(exported(tmp_path / "best.onnx", names=names, imgsz=names)).names == ()


def test_weights_that_were_not_exported_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_export(tmp_path / "none.onnx")
    (tmp_path / "best.pt").write_bytes(b"PK\x03\x04 a pickle")
    with pytest.raises(BadInput, match="no ONNX") as caught:
        read_export(tmp_path / "best.pt")
    assert "yolo export" in caught.value.remedy
