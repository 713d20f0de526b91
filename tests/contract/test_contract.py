"""What every registered service keeps: its word on steps and units, its result through a cut, its page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from tests.contract.samples import SAMPLES, sample_request
from tests.runtime.compare import content

from pelagia.cli.main import cli
from pelagia.cli.param_options import flag_of
from pelagia.core.service import Request, Service
from pelagia.runtime import ledger
from pelagia.runtime.executors import InlineExecutor, open_executor
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.progress import Progress
from pelagia.runtime.registry import find_service, service_slugs
from pelagia.runtime.runner import Runtime, Use, open_runtime, prepare_job, run_job
from pelagia.runtime.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "services"
HEAVY = ("torch", "torchvision", "cv2", "onnxruntime", "scipy", "skimage", "rasterio", "xarray", "matplotlib", "mlflow")
SERVICES = service_slugs()
FACES = [face for slug in SERVICES for face in (find_service(slug), find_service(slug).training) if face is not None]

pytestmark = pytest.mark.parametrize("slug", SERVICES)
of_each_face = pytest.mark.parametrize("face", FACES, ids=lambda face: face.slug)


class CutError(Exception):
    """The test pulls the plug."""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=tmp_path / "home", executor="inline")) as opened:
        yield opened


@pytest.fixture
def asked(slug: str, tmp_path: Path) -> Request[Any]:
    return sample_request(slug, tmp_path)


def prepare(runtime: Runtime, service: Service[Any], request: Request[Any], *, anew: bool = False) -> Job:
    record = request_record(request, "/target")
    return prepare_job(runtime, service, request, record, use=Use(kind="local", route="cli"), anew=anew)


def billed(runtime: Runtime, job: Job) -> int:
    return sum(row["units"] for row in ledger.ledger_rows(runtime.database, job_id=job.id))


def test_there_is_a_sample_to_hold_it_to_its_word(slug: str) -> None:
    assert slug in SAMPLES


def test_the_estimate_equals_the_bill(slug: str, asked: Request[Any], runtime: Runtime) -> None:
    job = prepare(runtime, find_service(slug), asked)
    run_job(runtime, InlineExecutor(), find_service(slug), asked, job)
    done = find_job(runtime.database, job.id)
    assert (done.done_steps, done.done_units) == (job.total_steps, job.total_units)
    assert billed(runtime, job) == job.total_units > 0
    assert job.estimate["bytes"] > 0 and job.estimate["understood"]


def test_cut_at_each_step_it_goes_on_to_the_equal_result_and_bill(
    slug: str, asked: Request[Any], runtime: Runtime
) -> None:
    service = find_service(slug)
    job = prepare(runtime, service, asked)
    whole = content(run_job(runtime, InlineExecutor(), service, asked, job))
    for steps in range(job.total_steps + 1):
        cut = prepare(runtime, service, asked, anew=True)

        def pull_the_plug(progress: Progress, after: int = steps) -> None:
            if progress.new_steps == after:
                raise CutError

        with pytest.raises(CutError):
            run_job(runtime, InlineExecutor(), service, asked, cut, on_progress=pull_the_plug)
        again = find_job(runtime.database, cut.id)
        assert again.done_steps == steps
        assert content(run_job(runtime, InlineExecutor(), service, asked, again)) == whole, f"cut after step {steps}"
        assert billed(runtime, cut) == job.total_units


def test_processes_give_the_equal_result(slug: str, asked: Request[Any], runtime: Runtime) -> None:
    service = find_service(slug)
    inline = content(run_job(runtime, InlineExecutor(), service, asked, prepare(runtime, service, asked)))
    with open_executor("processes", 2) as executor:
        job = prepare(runtime, service, asked, anew=True)
        assert content(run_job(runtime, executor, service, asked, job)) == inline


def test_every_column_of_its_tables_says_what_it_holds(slug: str, asked: Request[Any], runtime: Runtime) -> None:
    service = find_service(slug)
    result = run_job(runtime, InlineExecutor(), service, asked, prepare(runtime, service, asked))
    silent = [
        f"{table.name}.{column.name}"
        for table in result.tables.values()
        for column in table.columns
        if not column.description
    ]
    assert silent == []


@of_each_face
def test_every_parameter_says_what_it_is(slug: str, face: Service[Any]) -> None:
    for name, field in face.params.model_fields.items():
        told = field.json_schema_extra
        assert field.description, name
        assert isinstance(told, dict) and told["level"] in ("essential", "advanced") and "unit" in told, name
    assert face.params.model_config["frozen"] and face.params.model_config["extra"] == "forbid"


def test_its_page_names_every_parameter(slug: str) -> None:
    text = (PAGES / f"{slug}.md").read_text()
    missing = [
        name for name in find_service(slug).params.model_fields if name not in text and flag_of(name) not in text
    ]
    assert missing == []


@of_each_face
def test_its_face_imports_nothing_heavy(slug: str, face: Service[Any]) -> None:
    program = f"""
import sys
from pelagia.runtime.registry import find_service
service = find_service({slug!r})
found = [name for name in ({face.pipeline!r}, *{HEAVY}) if name in sys.modules]
assert not found, found
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_it_has_a_command_with_its_own_options(slug: str) -> None:
    run = cli.get_command(click.Context(cli), "run")
    assert isinstance(run, click.Group)
    command = run.get_command(click.Context(run), slug)
    assert command is not None
    assert set(find_service(slug).params.model_fields) <= {one.name for one in command.params}
