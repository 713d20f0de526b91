"""Arguments are made from what a service says of itself, and read as clients write them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.runtime.toy_service import SERVICE, SERVICE_WITH_MODEL

from pelagia.api.deepaas.arguments import Argument, parsed, predict_arguments
from pelagia.api.deepaas.incoming import Brought
from pelagia.api.deepaas.served import Served, served_models
from pelagia.api.deepaas.wanted import WrongArguments, wanted


@pytest.fixture
def arguments() -> dict[str, Argument]:
    return {one.name: one for one in predict_arguments(SERVICE)}


@pytest.fixture
def flowcam() -> Served:
    return served_models()["flowcam"]


def test_every_input_parameter_and_model_is_an_argument(arguments: dict[str, Argument]) -> None:
    assert arguments.keys() == {"files", "extra", *SERVICE.params.model_fields}
    assert [one.meaning for one in predict_arguments(SERVICE_WITH_MODEL)][-1] == ("models", "classifier")


def test_kind_bounds_choices_and_defaults_are_those_of_the_parameter(arguments: dict[str, Argument]) -> None:
    rounds = arguments["rounds"]
    assert (rounds.kind, rounds.minimum, rounds.maximum, rounds.default) == ("integer", 1, 1000, 1)
    assert arguments["fault"].choices[:2] == ("none", "bug")
    assert (arguments["weights"].kind, arguments["weights"].is_list) == ("number", True)
    assert arguments["upper"].kind == "boolean"
    assert (arguments["note"].kind, arguments["note"].may_be_null) == ("string", True)
    assert arguments["files"].is_required and not arguments["extra"].is_required
    assert arguments["files"].is_list and not arguments["extra"].is_list


@pytest.mark.parametrize(
    ("name", "sent", "read"),
    [
        ("rounds", ["7", "8"], 7),
        ("weights", ["1", "2.5"], [1.0, 2.5]),
        ("upper", ["yes"], True),
        ("upper", [False], False),
        ("note", [None], None),
        ("note", [""], ""),
    ],
)
def test_a_value_is_read_by_its_kind(name: str, sent: list[Any], read: Any, arguments: dict[str, Argument]) -> None:
    assert parsed(arguments[name], sent) == (read, None)


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("rounds", ["x"], ["Not a valid integer."]),
        ("rounds", [True], ["Not a valid integer."]),
        ("rounds", [None], ["Field may not be null."]),
        ("rounds", ["0"], ["Must be greater than or equal to 1 and less than or equal to 1000."]),
        ("lines_per_step", ["0"], ["Must be greater than or equal to 1."]),
        ("seconds_per_step", ["inf"], ["Special numeric values (nan or infinity) are not permitted."]),
        ("weights", ["1", "x", "y"], {"1": ["Not a valid number."], "2": ["Not a valid number."]}),
        ("upper", ["maybe"], ["Not a valid boolean."]),
        ("upper", [[]], ["Not a valid boolean."]),
        ("note", [4], ["Not a valid string."]),
    ],
)
def test_a_wrong_value_is_told(name: str, sent: list[Any], message: Any, arguments: dict[str, Argument]) -> None:
    assert parsed(arguments[name], sent) == (None, message)


def test_the_query_goes_before_the_form_and_the_form_before_the_body(arguments: dict[str, Argument]) -> None:
    brought = Brought(
        query={"rounds": ["1"]},
        form={"rounds": ["2"], "lines_per_step": ["3"]},
        body={"rounds": 4, "lines_per_step": 5, "note": "six", "unknown": 7},
    )
    found = wanted(arguments, [], brought)
    assert found.params == {"rounds": 1, "lines_per_step": 3, "note": "six"}


def test_all_that_is_wrong_is_told_at_once(arguments: dict[str, Argument]) -> None:
    with pytest.raises(WrongArguments) as caught:
        wanted(arguments, ["files"], Brought(query={"rounds": ["x"], "upper": ["x"]}))
    assert caught.value.fields.keys() == {"rounds", "upper", "files"}


def test_clients_of_planktonclas_find_their_names(flowcam: Served) -> None:
    assert {"image", "zip_data", "timestamp", "ckpt_name", "output_directory"} <= flowcam.predict.keys()
    assert not any(one.is_required for one in flowcam.predict.values())
    found = wanted(flowcam.predict, [], Brought(query={"ckpt_name": ['"final_model.h5"'], "timestamp": ["2020"]}))
    assert found.params == {} and list(found.ignored) == ["timestamp", "ckpt_name"]


def test_a_missing_image_is_told_by_the_name_that_clients_know(flowcam: Served) -> None:
    with pytest.raises(WrongArguments) as caught:
        wanted(flowcam.predict, ["runs"], Brought(query={}))
    assert caught.value.fields == {"image": ["Missing data for required field."]}


def test_numbers_of_planktonclas_trainings_come_as_json_texts(flowcam: Served) -> None:
    query = {"batch_size": ["16"], "initial_lr": ["0.001"], "image_size": ['"96"']}
    found = wanted(flowcam.train or {}, [], Brought(query=query))
    assert found.params == {"batch": 16, "learning_rate": 0.001, "size_px": 96}
