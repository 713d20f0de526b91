"""The script that OSCAR runs: a result and a receipt for each file, and a reason where there is no result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.data.flowcam.make import make_run

from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.registry import service_slugs
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.receipt_key import public_hex

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "oscar"
PROGRAMS = Path(sys.executable).parent
PARTICLES = 40
KEY_HEX = "5a" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY_HEX))


@dataclass(frozen=True, slots=True)
class Invocation:
    """What an invocation left."""

    code: int
    out: Path
    errors: str

    def names(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir())


def invoke(place: Path, file: Path, **variables: str) -> Invocation:
    """Run the script as OSCAR does."""
    out = place / "out"
    out.mkdir(exist_ok=True)
    ended = subprocess.run(
        ["sh", str(FOLDER / "script.sh")],
        env={
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "TMPDIR": str(place),
            "INPUT_FILE_PATH": str(file),
            "TMP_OUTPUT_DIR": str(out),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Invocation(ended.returncode, out, ended.stderr)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FlowCam run as somebody puts it into the bucket."""
    place = tmp_path_factory.mktemp("run")
    run = make_run(place / "run", particles=PARTICLES)
    packed = place / "station 7.zip"
    with zipfile.ZipFile(packed, "w") as sink:
        for path in sorted(run.folder.iterdir()):
            sink.write(path, f"run/{path.name}")
    return packed


def test_a_file_becomes_a_result_and_a_receipt_that_the_central_installation_takes(
    archive: Path, tmp_path: Path
) -> None:
    done = invoke(tmp_path, archive, OPTIONS="--latitude 54.18 --longitude 7.90 --export none", RECEIPT_KEY=KEY_HEX)
    assert done.code == 0, done.errors
    assert done.names() == ["station 7-receipt.json", "station 7-result.zip"]
    with zipfile.ZipFile(done.out / "station 7-result.zip") as result:
        summary = json.loads(result.read("station 7/summary.json"))
    assert json.dumps(summary).count("particles_listed") == 1
    central = read_settings({}, home=tmp_path / "central")
    receipt = done.out / "station 7-receipt.json"
    for _ in range(2):
        subprocess.run(
            [str(PROGRAMS / "pelagia"), "usage", "import", str(receipt), "--trust", public_hex(KEY)],
            env={**os.environ, "PELAGIA_HOME": str(central.home)},
            check=True,
            capture_output=True,
        )
    with open_runtime(central) as runtime:
        rows = list(ledger_rows(runtime.database))
    assert sum(row["units"] for row in rows) == PARTICLES
    assert sum(row["jobs"] for row in rows) == 1
    assert {(row["route"], row["kind"], row["service"]) for row in rows} == {("import", "analysis", "flowcam")}
    assert '"route":"oscar"' in receipt.read_text().replace(" ", "")
    assert not list(tmp_path.glob("tmp.*")), "the script leaves nothing behind"
    assert KEY_HEX not in done.errors


def test_a_body_without_a_name_is_known_by_its_first_bytes(archive: Path, tmp_path: Path) -> None:
    body = tmp_path / "event-file-0d5c"
    body.write_bytes(archive.read_bytes())
    done = invoke(tmp_path, body, OPTIONS="--export none")
    assert done.code == 0, done.errors
    assert done.names() == ["event-file-0d5c-receipt.json", "event-file-0d5c-result.zip"]


def test_where_it_fails_the_reason_is_left_and_the_exit_code_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    done = invoke(tmp_path, broken)
    assert done.code == 3
    assert "broken-failed.txt" in done.names() and "broken-result.zip" not in done.names()
    reason = (done.out / "broken-failed.txt").read_text()
    assert "exit code 3" in reason and "Error:" in reason and "remedy:" in reason


def test_without_what_oscar_sets_it_says_so(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", str(FOLDER / "script.sh")],
        env={"PATH": "/bin"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode != 0 and "INPUT_FILE_PATH" in ended.stderr


def test_the_definition_names_what_there_is() -> None:
    definition = yaml.safe_load((FOLDER / "pelagia-flowcam.yaml").read_text())
    (cluster,) = definition["functions"]["oscar"]
    (service,) = cluster.values()
    assert len(service["name"]) <= 39
    assert (FOLDER / service["script"]).is_file()
    assert service["environment"]["variables"]["SERVICE"] in service_slugs()
    assert all(len(output["suffix"]) > 0 for output in service["output"])
    known = {"name", "image", "script", "cpu", "memory", "log_level", "image_prefetch", "visibility"}
    assert service.keys() <= known | {"input", "output", "environment"}
