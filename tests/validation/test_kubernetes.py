"""The Kubernetes manifests as judged by the schemas of Kubernetes; ``make validate`` makes the environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = sorted(path for path in (ROOT / "deploy" / "kubernetes").glob("*.yaml") if path.stem != "kustomization")


@pytest.fixture(scope="module")
def validator():
    """The program in the validators' own environment."""
    python = Path(os.environ.get("PELAGIA_VALIDATORS", ROOT / ".venv-validators" / "bin" / "python"))
    program = python.parent / "kubernetes-validate"
    if not program.is_file():
        pytest.skip("kubernetes-validate is not installed (make validate, or set PELAGIA_VALIDATORS)")
    return program


def judge(validator, path):
    return subprocess.run([validator, "--strict", path], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_fit_the_schema_strictly(validator, path):
    done = judge(validator, path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_validator_sees_what_is_wrong(validator, tmp_path):
    wrong = tmp_path / "worker.yaml"
    wrong.write_text(
        (ROOT / "deploy" / "kubernetes" / "worker.yaml").read_text().replace("replicas: 2", 'replicas: "two"')
    )
    assert judge(validator, wrong).returncode != 0
