"""The start page: what can be done here, in plain words, and something to try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pelagia.core.service import Service
from pelagia.http.asking import Bench, Reader
from pelagia.orders.own_jobs import list_own_jobs
from pelagia.runtime.registry import all_services
from pelagia.ui.rendering import page
from pelagia.ui.runs import title_of
from pelagia.ui.services import new_key

router = APIRouter(include_in_schema=False)

# What a service is for, in the words of those who bring the images; a service without an entry shows its summary.
IN_PLAIN_WORDS: Mapping[str, str] = {
    "flowcam": "You bring a run folder of your FlowCam. You get every particle as a picture with its taxon, counts per "
    "mL with their uncertainty, and files ready for EcoTaxa, OBIS and EMODnet.",
    "zooscan": "You bring the scans of a cruise. You get every animal cut out, measured and named, and a verdict on "
    "each scan.",
    "litter": "You bring photographs or an orthophoto of a beach or a river. You get every item on a map, and items "
    "per 100 m with their interval.",
    "ecosystem": "You bring videos or frames of an underwater camera. You get the animals that passed, and how their "
    "number changed with time.",
    "citizen": "You bring what many people marked on the same images. You get the boxes they agree on, how well each "
    "of them sees, and a training set.",
    "oilspill": "You bring a slick, drawn or on a satellite scene. You get where the oil drifts in the next days, and "
    "how sure that is.",
}
NAMES: Mapping[str, str] = {
    "flowcam": "FlowCam",
    "zooscan": "ZooScan",
    "litter": "Litter",
    "ecosystem": "Underwater video",
    "citizen": "Citizen science",
    "oilspill": "Oil spill",
}
RECENT = 4


@router.get("/")
def show_home(request: Request, bench: Bench, principal: Reader) -> HTMLResponse:
    """Show the services, and the latest runs of whoever asks."""
    services = sorted(all_services(), key=_place)
    here = {service.slug for service in services}
    runs = list_own_jobs(bench.runtime.database, principal.asker, limit=RECENT)
    return page(
        request,
        "home.html",
        services=[(service, IN_PLAIN_WORDS.get(service.slug, service.summary)) for service in services],
        absent=[name for slug, name in NAMES.items() if slug not in here],
        runs=[(job, title_of(job)) for job in runs],
        keys={service.slug: new_key() for service in services},
    )


def _place(service: Service[Any]) -> tuple[int, str]:
    """Return where a service stands on the page: the known ones in the order of their words, others after them."""
    known = list(IN_PLAIN_WORDS)
    return known.index(service.slug) if service.slug in known else len(known), service.title
