"""The web process stays light: what only pipelines need is loaded in processes of their own."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("cv2", "docx", "alembic", "onnxruntime", "scipy", "torch", "mlflow", "matplotlib", "sklearn", "distributed")


def test_the_application_is_made_without_the_heavy_libraries() -> None:
    program = f"import sys, pelagia.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
