"""The coding of step values: what is stored comes back, and nothing else is accepted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pelagia.runtime.values import decoded, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
)
arrays = st.builds(
    lambda values, dtype: np.array(values).astype(dtype),
    st.lists(st.integers(-100, 100), max_size=5),
    st.sampled_from(["int8", "int64", "float32", "float64", "bool", "<U4", "complex64"]),
)
tables = st.builds(
    lambda numbers, words: pa.table(
        {"n": pa.array(numbers, pa.int64()), "w": pa.array(words[: len(numbers)], pa.string())}
    ),
    st.lists(st.none() | st.integers(-5, 5), max_size=4),
    st.lists(st.text(st.characters(codec="utf-8")), min_size=4, max_size=4),
)
values = st.recursive(
    scalars | arrays | tables,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5) | st.just("$"), inner, max_size=4)
    ),
    max_leaves=12,
)


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, pa.Table):
        return bool(left.equals(right, check_metadata=True))
    if isinstance(left, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(equal(left[name], right[name]) for name in left)
    return type(left) is type(right) and left == right


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values)
def test_every_allowed_value_comes_back_equal(value: Any) -> None:
    assert equal(value, decoded(encode(value, "key")))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.0])
def test_numbers_that_json_lacks_come_back(number: float) -> None:
    back = decoded(encode({"x": [number]}, "key"))["x"][0]
    assert repr(back) == repr(number)


def test_tuples_become_lists() -> None:
    assert decoded(encode({"a": (1, (2,))}, "key")) == {"a": [1, [2]]}


def test_numpy_scalars_become_plain_numbers() -> None:
    back = decoded(encode([np.float64(1.5), np.int32(3), np.bool_(True), np.float64("inf")], "key"))
    assert back == [1.5, 3, True, math.inf]
    assert [type(one) for one in back] == [float, int, bool, float]


def test_a_table_keeps_its_metadata_types_and_rows_without_columns() -> None:
    field = pa.field("x", pa.dictionary(pa.int32(), pa.string()), metadata={"unit": "µm"})
    table = pa.table({"x": pa.array(["a", None], field.type)}, schema=pa.schema([field], metadata={"of": "run"}))
    assert decoded(encode(table, "key")).equals(table, check_metadata=True)
    assert decoded(encode(pa.table({"x": [1, 2, 3]}).select([]), "key")).num_rows == 3


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({1, 2}, "a builtins.set"),
        (b"x", "a builtins.bytes"),
        ({"a": [1, {"b": object()}]}, r"\['a'\]\[1\]\['b'\] is a builtins.object"),
        ({1: 2}, "a key that is not text: 1"),
        (np.array([object()]), "an array of Python objects"),
        (np.datetime64("2020-01-01"), "a datetime64"),
        (np.ma.masked_array([1], [True]), "MaskedArray"),
    ],
)
def test_anything_else_is_refused_with_the_step_and_the_place(value: Any, place: str) -> None:
    with pytest.raises(TypeError, match=f"step 'classify/3'.*{place}"):
        encode(value, "classify/3")
