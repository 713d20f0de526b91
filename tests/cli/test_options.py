"""Options are made from what a service says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
import pytest
from tests.cli.conftest import Shell
from tests.runtime.toy_service import SERVICE, SERVICE_WITH_MODEL, ToyParams

from pelagia.cli.asking import choose_models, make_request
from pelagia.cli.param_options import param_options, parse_params
from pelagia.cli.service_command import service_command
from pelagia.core.errors import NotFound
from pelagia.core.service import InputSlot, Params, Service, Unit, param
from pelagia.services.flowcam.training_service import TRAINING

Size = Literal["esd", "abd"]


def parse(**given: str | bool) -> ToyParams:
    found = parse_params(ToyParams, param_options(ToyParams), given)
    assert isinstance(found, ToyParams)
    return found


def test_the_help_shows_essential_options_first_with_unit_bounds_and_default(shell: Shell) -> None:
    told = " ".join(shell("run", "toy", "--help").out.split())
    assert told.index("Essential:") < told.index("--rounds") < told.index("Advanced:") < told.index("--lines-per-step")
    assert "How often each line is hashed. [rounds; ≥ 1; ≤ 1000; default: 1]" in told
    assert "Numbers that do nothing. [kg; default: 1,2.5]" in told
    assert "--extra PATH One more file." in told
    assert "FILES: Text files" in told


@pytest.mark.parametrize(("service", "shown"), [("oilspill", "[SCENES…]"), ("zooscan", " SCANS…")])
def test_the_help_tells_whether_an_input_may_be_left_out(shell: Shell, service: str, shown: str) -> None:
    assert shown in shell("run", service, "--help").out.splitlines()[0]


def test_what_is_not_given_has_its_default() -> None:
    assert parse() == ToyParams()


def test_values_are_read_by_their_type() -> None:
    found = parse(rounds="3", weights="1, 2,3", upper=True, note="a, b", fault="bug")
    assert (found.rounds, found.weights, found.upper, found.note) == (3, (1.0, 2.0, 3.0), True, "a, b")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rounds", "0"], "--rounds: Input should be greater than or equal to 1 (found: 0)"),
        (["--rounds", "many"], "--rounds: Input should be a valid integer"),
        (["--weights", "1,x"], "--weights: Input should be a valid number"),
        (["--fault", "fire"], "--fault"),
        (["--nonsense", "1"], "--nonsense"),
        (["--extra", "a", "--extra", "b"], "--extra"),
        (["--workers", "0"], "--workers"),
        (["--model", "x"], "it uses no model"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_its_option(
    shell: Shell, lines: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    ended = shell("run", "toy", lines, "--out", tmp_path / "out", *words)
    if words[0] == "--extra":
        assert ended.code in (2, 3)
        return
    assert ended.code == 2 and told in ended.err


def test_the_same_input_twice_is_an_error(shell: Shell, lines: Path, tmp_path: Path) -> None:
    ended = shell("run", "toy", lines, f"{lines.parent}//{lines.name}", "--out", tmp_path / "out")
    assert ended.code == 2 and "given twice" in ended.err


def test_a_second_kind_of_input_has_an_option(shell: Shell, lines: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra.txt"
    extra.write_text("one more\n")
    assert "61 lines" in shell("run", "toy", lines, "--extra", extra, "--out", tmp_path / "out").out


def test_a_model_is_chosen_by_role_or_alone(tmp_path: Path) -> None:
    for given in ([], ["absent@2.0.0"], ["classifier=absent@2.0.0"]):
        with pytest.raises(NotFound, match="no such model"):
            choose_models(SERVICE_WITH_MODEL, given, tmp_path)


def test_a_training_names_its_base_by_the_catalogue_or_by_a_folder(tmp_path: Path) -> None:
    options = param_options(TRAINING.params)
    named = make_request(TRAINING, options, {"images": ("a",), "base": "plankton-isiis@1.0.0"}, tmp_path)
    assert named.models["base"].version == "1.0.0"
    folder = make_request(TRAINING, options, {"images": ("a",), "base": "my-model"}, tmp_path)
    assert (folder.params.base, folder.models) == ("my-model", {})
    with pytest.raises(NotFound, match=r"plankton-isiis@1\.0\.0"):
        make_request(TRAINING, options, {"images": ("a",), "base": "plankton-isiis@9.0.0"}, tmp_path)


def test_addresses_of_the_network_are_left_as_they_are(tmp_path: Path) -> None:
    given = {"files": ("s3://bucket//a/", "./b/", "c//d")}
    request = make_request(SERVICE, param_options(ToyParams), given, tmp_path)
    assert request.inputs == {"files": ("s3://bucket//a/", "b", "c/d")}


def test_a_cluster_needs_absolute_paths(
    shell: Shell, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PELAGIA_EXECUTOR", "dask://127.0.0.1:1")
    ended = shell("run", "toy", lines.name, "--out", "out")
    assert ended.code == 2 and "absolute" in ended.err


def test_a_parameter_named_as_an_option_of_the_command_line_is_a_fault_of_the_service() -> None:
    class Clashing(Params):
        out: int = param(1, description="x")

    service = Service(
        slug="x", title="x", summary="x", version="1.0.0", params=Clashing, unit=Unit(name="x", plural="xs"),
        inputs=(InputSlot(name="files", description="x", patterns=()),), pipeline="x",
    )  # fmt: skip
    with pytest.raises(ValueError, match="out"):
        service_command(service, "x", [click.Option(["--out"])], lambda *_: None)


def test_required_and_repeated_types_become_options() -> None:
    class Wide(Params):
        needed: int = param(..., description="Needed", gt=0)
        many: tuple[Size, ...] = param((), description="Many")
        either: int | str = param(1, description="Either")

    options = {one.name: one for one in param_options(Wide)}
    assert options["needed"].option.required and options["many"].is_list
    assert parse_params(Wide, options.values(), {"needed": "2", "many": "esd,abd", "either": "x"}) == Wide(
        needed=2, many=("esd", "abd"), either="x"
    )
