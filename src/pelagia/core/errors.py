"""The errors Pelagia raises: what was wrong, the value, the remedy."""

from __future__ import annotations


class PelagiaError(Exception):
    """Something a person can put right, told in three parts.

    Parameters
    ----------
    what
        What was wrong, as a sentence a technician understands.
    remedy
        What to do about it.
    value
        The offending value, as found.
    file
        The file (or address) it was found in.
    code
        The short stable name of the finding it makes; that of the class by default.
    """

    code: str = "error"

    def __init__(self, what: str, *, remedy: str, value: object = "", file: str = "", code: str = "") -> None:
        super().__init__(what)
        self.code = code or type(self).code
        self.what = what
        self.remedy = remedy
        self.value = str(value)
        self.file = file

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        found = f" (found: {self.value})" if self.value else ""
        return f"{where}{self.what}{found}. {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments cannot be unpickled by default, and errors
        # must travel from worker processes unharmed.
        told = {"remedy": self.remedy, "value": self.value, "file": self.file, "code": self.code}
        return _rebuild, (type(self), self.what, told)


def _rebuild(kind: type[PelagiaError], what: str, told: dict[str, str]) -> PelagiaError:
    return kind(what, **told)


class BadInput(PelagiaError):
    """An input file or address cannot be used as it is."""

    code = "bad-input"


class BadParameter(PelagiaError):
    """A parameter has a value outside what is allowed."""

    code = "bad-parameter"


class NothingUsable(PelagiaError):
    """No part of the input could be processed; only this fails a whole job."""

    code = "nothing-usable"


class NotFound(PelagiaError):
    """A named service, model, job or file does not exist."""

    code = "not-found"


class Conflict(PelagiaError):
    """The request contradicts what is already there."""

    code = "conflict"


class Unavailable(PelagiaError):
    """Something outside Pelagia (disk, database, network) does not answer; trying again may help."""

    code = "unavailable"


class Cancelled(PelagiaError):
    """The job was stopped on request; finished steps are kept."""

    code = "cancelled"


class SignInNeeded(PelagiaError):
    """Only somebody who is known may do this."""

    code = "sign-in-needed"


class NotAllowed(PelagiaError):
    """Whoever asks may not do this."""

    code = "not-allowed"


class TooMuch(PelagiaError):
    """A limit of the installation is exceeded: requests in a time, bytes, images."""

    code = "too-much"
