"""What the routes of results share: the galleries that are open, the revisions being written, the job asked about."""

from __future__ import annotations

from threading import Lock
from typing import Annotated

from fastapi import Depends, Path, Request

from pelagia.core.errors import NotFound
from pelagia.http.asking import Bench, Reader
from pelagia.orders.decisions import Galleries, Gallery
from pelagia.orders.own_jobs import seen_job
from pelagia.orders.preparing import Preparing
from pelagia.orders.revise import Revisers
from pelagia.runtime.jobs import Job

# Two first requests at once must not make two of what is one for an application.
_MAKING = Lock()


def galleries(request: Request, bench: Bench) -> Galleries:
    """Return the galleries of the application."""
    state = request.app.state
    with _MAKING:
        if getattr(state, "galleries", None) is None:
            state.galleries = Galleries(bench)
    found: Galleries = state.galleries
    return found


def preparing(request: Request, open_galleries: Annotated[Galleries, Depends(galleries)]) -> Preparing:
    """Return what makes galleries of the application ready."""
    state = request.app.state
    with _MAKING:
        if getattr(state, "preparing", None) is None:
            state.preparing = Preparing(open_galleries)
    found: Preparing = state.preparing
    return found


def revisers(request: Request, bench: Bench) -> Revisers:
    """Return what writes the revisions of the application."""
    state = request.app.state
    with _MAKING:
        if getattr(state, "revisers", None) is None:
            state.revisers = Revisers(bench)
    found: Revisers = state.revisers
    return found


def result_job(
    bench: Bench,
    principal: Reader,
    job_id: Annotated[str, Path(pattern="^[0-9a-f]{8,32}$", description="The job.", examples=["0123456789ab"])],
) -> Job:
    """Return the job of the address, if whoever asks may look at its result.

    Raises
    ------
    NotFound
        Otherwise.
    """
    return seen_job(bench, principal, job_id, whole=True)


OpenGalleries = Annotated[Galleries, Depends(galleries)]
GalleryPreparing = Annotated[Preparing, Depends(preparing)]
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
