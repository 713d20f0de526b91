from __future__ import annotations

import subprocess
import sys

import pytest

from pelagia.core.errors import BadParameter
from pelagia.services.oilspill.service import SERVICE
from pelagia.services.oilspill.training_service import TRAINING, OilspillTrainingParams


def test_the_face_of_training_needs_no_torch() -> None:
    heavy = "{'torch', 'cv2', 'onnx', 'onnxruntime', 'rasterio', 'numba', 'scipy'}"
    code = f"import sys, pelagia.services.oilspill.training_service; print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


def test_the_service_can_be_trained() -> None:
    assert SERVICE.training is TRAINING


@pytest.mark.parametrize("name", OilspillTrainingParams.model_fields)
def test_every_parameter_says_what_it_is(name: str) -> None:
    field = OilspillTrainingParams.model_fields[name]
    extra = field.json_schema_extra
    assert field.description
    assert isinstance(extra, dict)
    assert extra["level"] in {"essential", "advanced"}


def test_a_pattern_that_marks_no_scene_is_refused() -> None:
    with pytest.raises(BadParameter, match="marks no group"):
        OilspillTrainingParams(group_from="pattern", group_pattern="scene")
