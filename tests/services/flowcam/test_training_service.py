from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pelagia.services.flowcam.training_service import TRAINING, TrainingParams

ROOT = Path(__file__).resolve().parents[3]


def test_the_face_of_training_needs_no_torch() -> None:
    heavy = "{'torch', 'cv2', 'onnx', 'mlflow'}"
    code = f"import sys, pelagia.services.flowcam.training_service; print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


@pytest.mark.parametrize("name", TrainingParams.model_fields)
def test_every_parameter_says_what_it_is(name: str) -> None:
    field = TrainingParams.model_fields[name]
    extra = field.json_schema_extra
    assert field.description
    assert isinstance(extra, dict)
    assert extra["level"] in {"essential", "advanced"}


def test_the_defaults_are_valid() -> None:
    assert TrainingParams().mode == "finetune"


def test_the_page_names_only_options_that_exist() -> None:
    page = (ROOT / "docs" / "howto" / "train.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--([a-z][a-z-]*)", page))
    known = {name.replace("_", "-") for name in TrainingParams.model_fields}
    known |= {f"no-{name}" for name in known} | {slot.name for slot in TRAINING.inputs}
    elsewhere = {"out", "model", "backend-store-uri", "data", "work", "json"}
    assert options <= known | elsewhere
