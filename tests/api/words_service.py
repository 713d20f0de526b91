"""A service small enough to see through, for uploads: it counts the words of text files, one file a step."""

from __future__ import annotations

from pelagia.core.service import InputSlot, Params, Service, Unit, param


class WordsParams(Params):
    """What it can be told."""

    shortest: int = param(
        1, description="Only words of so many letters", unit="letters", level="essential", ge=1, le=99
    )
    seconds_per_file: float = param(0.0, description="How long a step sleeps", unit="s", ge=0, le=60)
    fault: bool = param(False, description="Whether it fails after the first file")


SERVICE = Service(
    slug="words",
    title="Words",
    summary="Counts the words of text files",
    version="1.0.0",
    params=WordsParams,
    inputs=(InputSlot(name="texts", description="Folders of text files", patterns=("*.txt",)),),
    unit=Unit(name="text", plural="texts"),
    pipeline="tests.api.words_pipeline",
)
