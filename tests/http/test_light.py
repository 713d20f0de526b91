"""The web process stays light: what only pipelines need is loaded in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("cv2", "docx", "onnxruntime", "scipy", "torch", "mlflow", "matplotlib", "sklearn", "distributed")
USE = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
from pelagia.app import create_app
from pelagia.runtime.settings import read_settings

heavy, home = json.loads(sys.argv[1]), Path(sys.argv[2])
pages = {"Accept": "text/html"}
with TestClient(create_app(read_settings({}, home=home))) as client:
    for path in ("/", "/services/flowcam", "/models", "/runs", "/usage", "/v1/openapi.json", "/v2/models/", "/api"):
        assert client.get(path, headers=pages).status_code == 200, path
    run = client.post("/services/flowcam/sample", headers=pages)
    assert run.status_code == 200 and "/runs/" in str(run.url), run.text
    upload = client.post("/v1/uploads", json={"name": "run"}).json()
    client.put(f"/v1/uploads/{upload['id']}/files/a.png", content=b"\\x89PNG\\r\\n\\x1a\\n")
    order = {"service": "flowcam", "inputs": {"runs": [upload["address"]]}}
    assert client.post("/v1/estimates", json=order).status_code in (200, 422)
    print(json.dumps([name for name in heavy if name in sys.modules]))
"""


def test_the_application_is_made_without_the_heavy_libraries() -> None:
    program = f"import sys, pelagia.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_does_without_them_while_people_use_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", USE, json.dumps(HEAVY), str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []
