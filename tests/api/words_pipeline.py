"""The story of the service that counts words."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pyarrow as pa
from tests.api.words_service import WordsParams

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Artifact, Figure, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Column, TableWriter
from pelagia.io.sources import open_source

COLUMNS = (
    Column(name="object_id", type=pa.string(), description="The word and its file"),
    Column(name="word", type=pa.string(), description="The word"),
    Column(name="letters", type=pa.int64(), description="How long it is", unit="letters"),
    Column(name="label", type=pa.string(), description="Whether it is long or short"),
    Column(name="weight", type=pa.float64(), description="Half its length; unknown for short ones", unit="kg"),
)


def estimate(request: Request[WordsParams], /) -> Estimate:
    """List the files."""
    files = list(_files(request))
    if not files:
        raise NothingUsable("There is no text", remedy="Give files that end in .txt.")
    others = Issue(file="", code="others", message="Other files are left out", remedy="Nothing.", severity="note")
    return Estimate(
        steps=len(files),
        units=len(files),
        bytes=sum(file["bytes"] for file in files),
        understood={"Texts": str(len(files))},
        issues=(others,),
    )


def run(request: Request[WordsParams], steps: Steps, /) -> Result:
    """Count the words of every file."""
    path = steps.workdir / "words.parquet"
    count = partial(_count, params=request.params)
    words = 0
    with TableWriter("words", path, COLUMNS) as table:
        for found in steps.map("count", count, _files(request), units=lambda _: 1):
            table.write(found["words"])
            words += found["words"].num_rows
    page = steps.workdir / "page.html"
    page.write_text("<script>alert(1)</script>")
    return Result(
        tables={"words": table.table},
        summary={"words": Figure(value=words, description="Words found", unit="words")},
        issues=(Issue(file="a.txt", code="seen", message="It was read", remedy="Nothing.", severity="note"),),
        provenance=request.provenance([InputRecord(uri="x", files=1, bytes=1, sha256="0")]),
        artifacts=(Artifact(role="page", name="pages/page.html", path=page, media_type="text/html"),),
    )


def _files(request: Request[WordsParams]) -> Any:
    for uri in request.inputs["texts"]:
        for entry in open_source(uri).entries():
            if entry.name.endswith(".txt"):
                yield {"uri": uri, "name": entry.name, "bytes": entry.size}


def _count(item: dict[str, Any], params: WordsParams) -> dict[str, Any]:
    time.sleep(params.seconds_per_file)
    if params.fault and not item["name"].startswith("a"):
        raise BadInput("The text is at fault", remedy="Leave it out.", file=item["name"])
    words = open_source(item["uri"]).read(item["name"]).decode().split()
    rows = [
        {
            "object_id": f"{item['name']}:{number}",
            "word": word,
            "letters": len(word),
            "label": "long" if len(word) > 3 else "short",
            "weight": len(word) / 2 if len(word) > 3 else None,
        }
        for number, word in enumerate(words)
        if len(word) >= params.shortest
    ]
    return {"words": pa.Table.from_pylist(rows, schema=pa.schema([column.field() for column in COLUMNS]))}
