"""The form of a service says what the service says of its parameters, and gives back what was meant."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from pelagia.core.service import Params, param
from pelagia.runtime.registry import all_services
from pelagia.ui.param_form import FormField, filled_in, form_fields, told_params


class Example(Params):
    """One parameter of each kind."""

    pixel_size_um: float | None = param(None, description="Size of a pixel", unit="µm", level="essential", gt=0, le=9)
    count: int = param(5, description="How many", ge=1, le=20)
    by: Literal["esd", "left-out"] = param("esd", description="What decides")
    is_loud: bool = param(True, description="Whether it is loud")
    bounds_um: tuple[float, ...] = param((2.0, 20.5), description="Bounds", unit="µm")
    names: tuple[str, ...] = param((), description="Names")
    name: str = param(..., description="Name", level="essential", max_length=8, pattern=r"^[a-z]+$")
    separator: str = param("__", description="What parts", min_length=1)


def fields() -> dict[str, FormField]:
    return {field.name: field for field in form_fields(Example)}


def test_a_field_is_drawn_as_what_it_is() -> None:
    drawn = {name: field.control for name, field in fields().items()}
    assert drawn == {
        "pixel_size_um": "number",
        "count": "number",
        "by": "select",
        "is_loud": "checkbox",
        "bounds_um": "list",
        "names": "list",
        "name": "text",
        "separator": "text",
    }


def test_a_field_says_label_unit_bounds_and_default() -> None:
    field = fields()["pixel_size_um"]
    assert (field.label, field.unit, field.default, field.is_essential) == ("Pixel size", "µm", "", True)
    assert field.hint == "(more than 0, up to 9)"
    assert fields()["count"].hint == "(1 to 20)"
    assert fields()["bounds_um"].default == "2, 20.5"
    assert fields()["by"].options == (("esd", "esd"), ("left-out", "left out"))
    assert fields()["name"].is_required
    assert fields()["name"].max_length == 8


def test_a_label_leaves_out_the_unit_beside_the_field() -> None:
    class Rates(Params):
        frames_per_s: float = param(5.0, description="Frames a second", unit="1/s")
        utc_offset_h: float = param(0.0, description="Of the clock", unit="h")

    assert [field.label for field in form_fields(Rates)] == ["Frames", "UTC offset"]


def test_an_untouched_form_gives_the_defaults() -> None:
    untouched = {name: field.default for name, field in fields().items()} | {"name": "x"}
    assert Example.model_validate(filled_in(form_fields(Example), untouched)) == Example(name="x")


def test_what_is_filled_in_comes_back_as_its_type() -> None:
    given = {
        "pixel_size_um": "0,55",
        "count": " 7 ",
        "by": "left-out",
        "bounds_um": "1, 2.5,3",
        "names": "a, b",
        "name": "x",
    }
    assert Example.model_validate(filled_in(form_fields(Example), given)) == Example(
        pixel_size_um=0.55, count=7, by="left-out", is_loud=False, bounds_um=(1, 2.5, 3), names=("a", "b"), name="x"
    )


def test_values_are_told_as_the_form_calls_them_with_their_units() -> None:
    values = Example(name="x", pixel_size_um=0.5, names=("a", "b")).model_dump(mode="json")
    assert told_params(Example, {**values, "gone_since_mm": 2}) == {
        "Pixel size": "0.5 µm",
        "Count": "5",
        "By": "esd",
        "Is loud": "yes",
        "Bounds": "2, 20.5 µm",
        "Names": "a, b",
        "Name": "x",
        "Separator": "__",
        "Gone since mm": "2",
    }
    assert told_params(Example, {"pixel_size_um": None}) == {"Pixel size": "not set"}


@pytest.mark.parametrize(
    ("name", "text"), [("count", "many"), ("count", "2.5"), ("pixel_size_um", "-1"), ("name", "X")]
)
def test_what_is_not_allowed_is_left_to_the_check_of_the_service(name: str, text: str) -> None:
    values = filled_in(form_fields(Example), {"name": "x", name: text})
    with pytest.raises(ValidationError) as caught:
        Example.model_validate(values)
    assert caught.value.errors()[0]["loc"] == (name,)


@pytest.mark.parametrize("service", all_services(), ids=lambda service: service.slug)
def test_every_parameter_of_every_service_has_a_field_with_words(service) -> None:
    for face in filter(None, (service, service.training)):
        drawn = form_fields(face.params)
        assert [field.name for field in drawn] == list(face.params.model_fields)
        assert all(field.help and field.label for field in drawn)
