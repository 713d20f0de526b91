from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pelagia.core.errors import BadParameter
from pelagia.services.litter.service import SERVICE
from pelagia.services.litter.training_service import TRAINING, LitterTrainingParams

ROOT = Path(__file__).resolve().parents[3]


def test_the_face_of_training_needs_no_torch() -> None:
    heavy = "{'torch', 'cv2', 'onnx', 'onnxruntime', 'rasterio'}"
    code = f"import sys, pelagia.services.litter.training_service; print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


def test_the_service_can_be_trained() -> None:
    assert SERVICE.training is TRAINING


@pytest.mark.parametrize("name", LitterTrainingParams.model_fields)
def test_every_parameter_says_what_it_is(name: str) -> None:
    field = LitterTrainingParams.model_fields[name]
    extra = field.json_schema_extra
    assert field.description
    assert isinstance(extra, dict)
    assert extra["level"] in {"essential", "advanced"}


def test_a_pattern_that_marks_no_group_is_refused() -> None:
    with pytest.raises(BadParameter, match="marks no group"):
        LitterTrainingParams(group_from="pattern", group_pattern="beach")


def test_the_page_names_only_options_that_exist() -> None:
    page = (ROOT / "docs" / "howto" / "litter-training.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--([a-z][a-z-]*)", page))
    known = {name.replace("_", "-") for name in LitterTrainingParams.model_fields}
    elsewhere = {"out", "model", "data", "work", "gsd-cm"}
    assert options <= known | elsewhere
