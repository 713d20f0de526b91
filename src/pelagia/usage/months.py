"""Project months: M1 is the first month of a project, counted from its first day."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from pelagia.core.errors import BadParameter

LABEL = re.compile(r"^M([0-9]{1,4})(?:-M([0-9]{1,4}))?$", re.IGNORECASE)
MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some project months.

    Parameters
    ----------
    first_month, last_month
        Their numbers.
    first, end
        The first day, and the day after the last one (UTC).
    """

    first_month: int
    last_month: int
    first: dt.date
    end: dt.date

    @property
    def label(self) -> str:
        """How it is called: ``M25-M36``."""
        return f"M{self.first_month}-M{self.last_month}"

    @property
    def last(self) -> dt.date:
        """The last day."""
        return self.end - dt.timedelta(days=1)

    def overlaps(self, other: Period) -> bool:
        """Tell whether they have a day in common."""
        return self.first < other.end and other.first < self.end


def read_period(text: str, project_start: dt.date) -> Period:
    """Return the period of a label such as ``M25-M36`` or ``M7``.

    Parameters
    ----------
    text
        The label.
    project_start
        The first day of month 1.

    Raises
    ------
    BadParameter
        Where it is none.
    """
    match = LABEL.match(text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= MOST_MONTHS:
        raise BadParameter(
            "This is not a period of project months", value=text, remedy="Give the first and last month: M25-M36."
        )
    try:
        days = month_start(project_start, first), month_start(project_start, last + 1)
    except ValueError:
        raise BadParameter(
            "The period is too far away", value=f"{text} from {project_start}", remedy="See the start of the project."
        ) from None
    return Period(first_month=first, last_month=last, first=days[0], end=days[1])


def month_start(project_start: dt.date, month: int) -> dt.date:
    """Return the first day of a project month; a day the calendar month lacks becomes its last."""
    years, index = divmod(project_start.month - 1 + month - 1, 12)
    year = project_start.year + years
    day = min(project_start.day, calendar.monthrange(year, index + 1)[1])
    return dt.date(year, index + 1, day)


def month_of(project_start: dt.date, day: dt.date) -> int:
    """Return the number of the project month a day lies in; 0 or less before the start."""
    month = (day.year - project_start.year) * 12 + day.month - project_start.month + 1
    return month if day >= month_start(project_start, month) else month - 1
