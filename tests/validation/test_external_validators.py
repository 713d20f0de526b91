"""Archives as judged by validators that Pelagia did not write; ``make validate`` makes their environment."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.exports.darwin_core.test_footage import publish as publish_footage
from tests.exports.darwin_core.test_scans import publish
from tests.exports.publishable import make_publishable, options, sample_row

from pelagia.exports.darwin_core import write
from pelagia.exports.outcome import DatasetInfo

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "validate-archive" / "validate.py"


@pytest.fixture(scope="module")
def validators():
    """The Python of the validators' own environment."""
    python = Path(os.environ.get("PELAGIA_VALIDATORS", ROOT / ".venv-validators" / "bin" / "python"))
    if not python.is_file():
        pytest.skip("the validators are not installed (make validate, or set PELAGIA_VALIDATORS to their Python)")
    return python


def judge(python, archive):
    done = subprocess.run([python, SCRIPT, archive], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.splitlines()
    return json.loads(lines[-1])["by"], lines[:-1]


def export(tmp_path, **told):
    samples = told.pop("samples", None)
    return write(make_publishable(tmp_path, samples=samples), tmp_path / "out", options(**told)).files[0]


def test_a_described_data_set_passes_all_four(validators, tmp_path):
    by, lines = judge(validators, export(tmp_path))
    assert by == dict.fromkeys(("python-dwca-reader", "pyobistools", "dwcahandler", "metapype"), 0), "\n".join(lines)


def test_scanned_net_samples_pass_all_four(validators, tmp_path):
    archive = publish(tmp_path, told=options()).files[0]
    by, lines = judge(validators, archive)
    assert by == dict.fromkeys(("python-dwca-reader", "pyobistools", "dwcahandler", "metapype"), 0), "\n".join(lines)


def test_counts_of_an_underwater_camera_pass_all_four(validators, tmp_path):
    by, lines = judge(validators, publish_footage(tmp_path).files[0])
    assert by == dict.fromkeys(("python-dwca-reader", "pyobistools", "dwcahandler", "metapype"), 0), "\n".join(lines)


def test_a_result_without_any_description_is_structurally_valid(validators, tmp_path):
    by, lines = judge(validators, export(tmp_path, dataset=DatasetInfo()))
    assert set(by.values()) == {0}, "\n".join(lines)


def test_only_the_place_and_date_are_missed_where_no_one_knows_them(validators, tmp_path):
    bare = {"latitude": None, "longitude": None, "started_at_utc": None}
    samples = [sample_row("S1", **bare), sample_row("S2", **bare)]
    by, lines = judge(validators, export(tmp_path, dataset=DatasetInfo(), samples=samples))
    errors = {line.split("field ")[1].split(" ")[0] for line in lines if line.startswith("error")}
    assert errors == {"decimalLatitude", "decimalLongitude", "eventDate", "geodeticDatum"}
    assert by["python-dwca-reader"] == by["dwcahandler"] == by["metapype"] == 0


@pytest.mark.parametrize(
    ("file", "change", "complains"),
    [
        ("occurrence.txt", lambda text: text + text.splitlines()[-1] + "\n", "dwcahandler"),
        ("occurrence.txt", lambda text: text.replace("\tpresent\t", "\tseen\t"), "pyobistools"),
        ("event.txt", lambda text: text.replace("S2", "S3"), "python-dwca-reader"),
        ("eml.xml", lambda text: text.replace("<title>", "<heading>").replace("</title>", "</heading>"), "metapype"),
    ],
)
def test_each_validator_sees_a_broken_archive(validators, tmp_path, file, change, complains):
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(export(tmp_path)) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            text = good.read(name).decode()
            bad.writestr(name, change(text) if name == file else text)
    by, _ = judge(validators, broken)
    assert by[complains] > 0
