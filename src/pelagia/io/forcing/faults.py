"""What is wrong with forcing, told so that a person can put it right."""

from __future__ import annotations

from datetime import UTC, datetime

from pelagia.core.errors import BadInput

READ_FAILURES: tuple[type[Exception], ...] = (
    OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError, EOFError,
    AssertionError,
)  # fmt: skip
"""What NetCDF, HDF5 and Zarr raise on damaged files; nothing of ours is raised as one of these."""


def unreadable(file: str, why: object) -> BadInput:
    """Return the error for a file that cannot be opened or decoded."""
    return BadInput(
        "The file cannot be read as NetCDF or Zarr",
        remedy="Copy or download it again, and check that ncdump -h or xarray opens it.",
        value=_short(why),
        file=file,
        code="forcing-unreadable",
    )


def no_variables(file: str, what: str, found: object) -> BadInput:
    """Return the error for files without the pair of components that is needed."""
    return BadInput(
        f"The file has no {what}",
        remedy="Give a file that has both components, named as usual or with their CF standard_name.",
        value=_short(found),
        file=file,
        code="forcing-no-variables",
    )


def wrong_unit(file: str, what: str, value: str) -> BadInput:
    """Return the error for a unit that is unknown, or that the values contradict."""
    return BadInput(
        what,
        remedy="Correct the units attribute (such as 'm s-1', 'cm s-1', 'degrees_C', 'K') or the values, and mark "
        "missing ones by _FillValue.",
        value=value,
        file=file,
        code="forcing-units",
    )


def wrong_times(file: str, what: str, value: str) -> BadInput:
    """Return the error for times that cannot be used."""
    return BadInput(
        what,
        remedy="Write times that increase, with units such as 'hours since 2008-08-05 13:00:00' and a standard "
        "calendar.",
        value=value,
        file=file,
        code="forcing-times",
    )


def wrong_grid(file: str, what: str, value: str) -> BadInput:
    """Return the error for a grid that cannot be understood."""
    return BadInput(
        what,
        remedy="Give latitude and longitude in degrees as coordinates of the field, of one or of two dimensions.",
        value=value,
        file=file,
        code="forcing-grid",
    )


def too_large(file: str, needed_bytes: int, limit_bytes: int) -> BadInput:
    """Return the error for a window that would take more memory than is allowed."""
    return BadInput(
        f"The forcing of this area and time takes more than the {limit_bytes:,} bytes that are read",
        remedy="Choose fewer hours or a smaller area, or give a coarser file.",
        value=f"{needed_bytes:,} bytes",
        file=file,
        code="forcing-too-large",
    )


def utc(time_s: float) -> str:
    """Return a Unix time as ``YYYY-MM-DDTHH:MM:SSZ``, or as a number where no calendar holds it."""
    try:
        return datetime.fromtimestamp(round(time_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{time_s:g} s since 1970"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:200]}…"
