"""Errors as people outside may hear them: not where the files of the server stand, nor how its database is reached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

PACKAGE = str(Path(__file__).parents[1])
DATABASES = ("sqlite:", "postgresql:", "postgresql+")
MEMBERS = ("code", "what", "value", "remedy", "file")
HIDDEN = "…"
MISTAKE = {"what": "The program made a mistake", "value": "", "remedy": "Tell those who run this installation."}
FAULTS_OF_THE_PROGRAM = frozenset({"internal", "step-failed"})


def without_places(text: str) -> str:
    """Return a text without the folders of the installation and of the program."""
    for place in _places(os.environ.get("PELAGIA_HOME", "")):
        text = text.replace(place, HIDDEN)
    return text


def outward(error: Mapping[str, str], *, run: str = "") -> dict[str, str]:
    """Return an error as JSON that may be shown to anybody; of a fault of the program nothing is told.

    What it was stands in the record of the run, for those who run the installation.

    Parameters
    ----------
    error
        Code, what, value, remedy, file; what is absent is empty.
    run
        The number of the run that it ended, by which it is found.
    """
    told = {name: without_places(str(error.get(name, ""))) for name in MEMBERS}
    if told["code"] in FAULTS_OF_THE_PROGRAM:
        told |= {**MISTAKE, "file": ""}
        if run:
            told |= {"value": f"run {run}", "remedy": f"{MISTAKE['remedy']} Finished work is kept."}
    if told["file"].startswith(DATABASES):
        told |= {"value": "", "file": ""}
    return told


@lru_cache(maxsize=8)
def _places(home: str) -> tuple[str, ...]:
    homes = {home, os.path.realpath(home)} if home else set()
    # The longest first, so that nothing of it is left; the root of a disk is no secret.
    return tuple(sorted({place for place in (*homes, PACKAGE) if len(place) > 1}, key=len, reverse=True))
