"""What the routes of results share: the galleries that are open, the revisions being written, the job asked about."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from pelagia.core.errors import NotFound
from pelagia.http.asking import Asking, Bench
from pelagia.orders.decisions import Galleries, Gallery, job_of_result
from pelagia.orders.revise import Revisers
from pelagia.runtime.jobs import Job


def galleries(request: Request, bench: Bench) -> Galleries:
    """Return the galleries of the application."""
    state = request.app.state
    if getattr(state, "galleries", None) is None:
        state.galleries = Galleries(bench)
    found: Galleries = state.galleries
    return found


def revisers(request: Request, bench: Bench) -> Revisers:
    """Return what writes the revisions of the application."""
    state = request.app.state
    if getattr(state, "revisers", None) is None:
        state.revisers = Revisers(bench)
    found: Revisers = state.revisers
    return found


def result_job(
    bench: Bench,
    principal: Asking,
    job_id: Annotated[str, Path(max_length=64, description="The job.", examples=["0123456789ab"])],
) -> Job:
    """Return the job of the address, if whoever asks may look at its result.

    Raises
    ------
    NotFound
        Otherwise.
    """
    return job_of_result(bench, principal, job_id)


OpenGalleries = Annotated[Galleries, Depends(galleries)]
RevisionWriter = Annotated[Revisers, Depends(revisers)]
ResultJob = Annotated[Job, Depends(result_job)]


def gallery(job: ResultJob, open_galleries: OpenGalleries) -> Gallery:
    """Return the gallery of the job of the address."""
    return open_galleries.open(job)


OpenGallery = Annotated[Gallery, Depends(gallery)]


def require_row(gallery: Gallery, row: int) -> None:
    """Refuse a row that is not there.

    Raises
    ------
    NotFound
        Where it is not.
    """
    if not 0 <= row < gallery.objects.index.rows:
        raise NotFound("There is no such object", value=row, remedy="Take the row from the list of objects.")
