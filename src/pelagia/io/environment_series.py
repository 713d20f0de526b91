"""What series of the environment are once read, whatever file they came from; and which values of them are none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue

Floats = npt.NDArray[np.float64]

BAD_FLAGS = (3.0, 4.0, 9.0)
"""Suspect, bad and missing: on the scales of OceanSITES, Argo and QARTOD alike."""
_FLAGS = re.compile(r"(^|[_\s.])(qc|qf|flags?|quality|qartod\w*)($|[_\s.])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Series measured at the same times.

    Parameters
    ----------
    file
        Where they were read from.
    time_s
        (N,) seconds since 1970 UTC, in order.
    series
        Name → (N,) values, NaN where nothing was measured, and their unit (empty where the file says none).
    issues
        What could not be read.
    """

    file: str
    time_s: Floats
    series: Mapping[str, tuple[Floats, str]]
    issues: tuple[Issue, ...] = ()


def is_flag_name(name: str) -> bool:
    """Tell whether a column or variable is named as flags of quality are, such as ``TEMP_QC``."""
    return _FLAGS.search(name) is not None


def flagged_name(name: str) -> str:
    """Return the name of the series that a column of flags speaks of; empty where it names none."""
    return _FLAGS.sub("", name).strip("_ .")


def without_bad(
    series: Mapping[str, tuple[Floats, str]], flags: Mapping[str, Floats], file: str
) -> tuple[dict[str, tuple[Floats, str]], list[Issue]]:
    """Leave out values whose flag says that they are suspect, bad or missing.

    Parameters
    ----------
    series
        Name → values and unit.
    flags
        Name of the column of flags → flags.

    Returns
    -------
    tuple
        The series, and notes of what was left out.
    """
    cleaned, issues = dict(series), []
    for name, flag in flags.items():
        of = flagged_name(name)
        if of not in cleaned:
            issues.append(_unused(name, file))
            continue
        values, unit = cleaned[of]
        bad = np.isin(flag, BAD_FLAGS) & np.isfinite(values)
        cleaned[of] = (np.where(bad, np.nan, values), unit)
        if bad.any():
            issues.append(_left_out(of, name, int(bad.sum()), file))
    return cleaned, issues


def ordered(environment: Environment) -> Environment:
    """Return series sorted by time, of which each has a value.

    Raises
    ------
    BadInput
        Where no series has any.
    """
    order = np.argsort(environment.time_s, kind="stable")
    told = {
        name: (values[order], unit) for name, (values, unit) in environment.series.items() if np.isfinite(values).any()
    }
    if not len(order) or not told:
        raise BadInput(
            "The file of the environment has no series of numbers with times",
            remedy="Give a table with a column of times and columns of numbers, named in its first row.",
            file=environment.file,
            code="environment-empty",
        )
    return Environment(file=environment.file, time_s=environment.time_s[order], series=told, issues=environment.issues)


def _unused(name: str, file: str) -> Issue:
    return Issue(
        file=file,
        code="flags-not-used",
        message=f"{name!r} holds flags of quality of no series of the file; it was left out.",
        remedy="Nothing, if these flags do not matter.",
        value=name,
        severity="note",
    )


def _left_out(series: str, flags: str, number: int, file: str) -> Issue:
    return Issue(
        file=file,
        code="flagged-values",
        message=f"{number:,} values of {series!r} are flagged as suspect, bad or missing in {flags!r}; they were left"
        " out.",
        remedy="Nothing, if the flags are right.",
        value=series,
        severity="note",
        objects=number,
    )
