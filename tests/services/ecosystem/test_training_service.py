from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pelagia.core.errors import BadParameter
from pelagia.services.ecosystem.service import SERVICE
from pelagia.services.ecosystem.training_service import TRAINING, EcosystemTrainingParams

ROOT = Path(__file__).resolve().parents[3]


def test_the_face_of_training_needs_no_torch() -> None:
    heavy = "{'torch', 'cv2', 'onnx', 'onnxruntime', 'av', 'scipy'}"
    code = f"import sys, pelagia.services.ecosystem.training_service; print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


def test_the_service_can_be_trained() -> None:
    assert SERVICE.training is TRAINING


def test_a_pattern_that_marks_no_group_is_refused() -> None:
    with pytest.raises(BadParameter, match="marks no group"):
        EcosystemTrainingParams(group_from="pattern", group_pattern="site")


def test_the_page_names_every_option_and_only_those_that_exist() -> None:
    page = (ROOT / "docs" / "howto" / "ecosystem-training.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--([a-z][a-z-]*)", page))
    known = {name.replace("_", "-") for name in EcosystemTrainingParams.model_fields}
    known |= {f"no-{name}" for name in known} | {slot.name for slot in TRAINING.inputs}
    assert options <= known | {"out", "model", "work", "data"}
    told = {"name", "version", "title", "instrument", "created", "licence", "intended-use", "limits"}
    wanted = {n for n in known if n.replace("-", "_") in EcosystemTrainingParams.model_fields}
    assert {name for name in wanted - told if not name.startswith("data-")} <= {
        option.removeprefix("no-") for option in options
    }
