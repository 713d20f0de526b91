"""The objects of a result and what people decide on them: lists, vignettes, decisions, revisions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from pelagia.api.decision_bodies import (
    Agreement,
    DecisionList,
    Happened,
    Invitation,
    InvitedPerson,
    NewDecisions,
    ObjectCard,
    ObjectDetail,
    ObjectList,
    Person,
    Recorded,
    RevisionState,
    Status,
    Taxa,
    Taxon,
    Undo,
)
from pelagia.api.zip_stream import zip_stream
from pelagia.core.errors import BadParameter
from pelagia.exports.summary import json_ready
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.galleries import OpenGalleries, OpenGallery, ResultJob, RevisionWriter, require_row
from pelagia.http.looks import counted_download
from pelagia.orders.decisions import (
    Gallery,
    annotator_of,
    checked_labels,
    current_csv,
    require_inviter,
    trace_csv,
)
from pelagia.orders.object_index import STATUSES
from pelagia.orders.objects import LARGEST_PAGE, ORDERS, Choice
from pelagia.orders.outputs import files_in, output_folder
from pelagia.orders.preparing import holdings_of
from pelagia.orders.revise import Revision, as_predicted_folder, read_revision, require_revisable
from pelagia.orders.vignettes import BUNDLE, bundle, vignettes, whole_vignette
from pelagia.runtime.accounts.addressed import account_at, account_numbered
from pelagia.runtime.annotators import invite, invited, uninvite
from pelagia.runtime.decisions import Batch, Entry, Holdings, entries

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["decisions"])

# Vignettes of a result never change, and nobody else may see them.
FOR_GOOD = "private, max-age=31536000, immutable"
OrderName = Literal["certain", "uncertain", "large", "small", "early", "late", "list"]
Row = Annotated[int, Path(ge=0, le=2**40, description="The row of the object, as the list of objects gives it.")]
Share = Annotated[float | None, Query(ge=0, le=1)]


@router.get("/objects", operation_id="listObjects", summary="List the objects of a result")
def list_objects(
    gallery: OpenGallery,
    taxon: Annotated[str | None, Query(max_length=400, description="The name that holds now.")] = None,
    predicted: Annotated[str | None, Query(max_length=400, description="The name the model gave.")] = None,
    status: Annotated[Status | None, Query(description=f"One of {', '.join(STATUSES)}.")] = None,
    sample: Annotated[str | None, Query(max_length=1000)] = None,
    disputed: Annotated[bool, Query(description="Only those on which people differ.")] = False,
    annotator: Annotated[str | None, Query(max_length=80, description="Only those this person decided on.")] = None,
    confidence_from: Share = None,
    confidence_to: Share = None,
    order: Annotated[OrderName, Query(description="; ".join(f"{k}: {v}" for k, v in ORDERS.items()))] = "certain",
    after: Annotated[int | None, Query(ge=0, le=2**40, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 60,
) -> ObjectList:
    """Filtered, sorted, a page at a time; the name and status are those that hold with all decisions made so far."""
    choice = Choice(
        taxon=taxon,
        predicted=predicted,
        status=status,
        sample=sample,
        disputed=disputed,
        annotator=annotator,
        confidence_from=confidence_from,
        confidence_to=confidence_to,
        order=order,
    )
    page = gallery.objects.page(choice, after=after, limit=limit)
    return ObjectList(
        items=[_card(gallery, row) for row in page.rows],
        total=page.total,
        before=page.before,
        next=page.rows[-1] if page.rows and page.has_more else None,
    )


@router.get("/taxa", operation_id="listTaxa", summary="List the names in a result")
def list_taxa(gallery: OpenGallery, sample: Annotated[str | None, Query(max_length=1000)] = None) -> Taxa:
    """How many objects bear each name, named by the model and by people."""
    counts = gallery.objects.taxa(sample)
    return Taxa(
        taxa=[Taxon(taxon=one.taxon, predicted=one.predicted, validated=one.validated) for one in counts],
        statuses=gallery.objects.statuses(),
        samples=list(gallery.objects.samples()),
    )


@router.get("/objects/{row}", operation_id="getObject", summary="Everything on one object")
def show_object(gallery: OpenGallery, bench: Bench, row: Row) -> ObjectDetail:
    """The model's first choices, every measure, and who decided what."""
    require_row(gallery, row)
    record = gallery.objects.index.record(row)
    object_id = record["object_id"]
    made = entries(bench.runtime.database, gallery.job.id, object_id=object_id)
    top = zip(record.get("top_taxa") or [], record.get("top_probabilities") or [], strict=False)
    return ObjectDetail(
        card=_card(gallery, row),
        top=[(taxon, round(float(share), 4)) for taxon, share in top],
        values={name: json_ready(value) for name, value in record.items() if value is not None},
        history=[_happened(one) for one in made],
    )


@router.get(
    "/objects/{row}/vignette",
    operation_id="getVignette",
    summary="The image of one object",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "Without loss, pixel for pixel."}},
)
def show_vignette(request: Request, gallery: OpenGallery, bench: Bench, row: Row) -> Response:
    """Cut exactly at the instrument's box."""
    require_row(gallery, row)
    tag = f'"{gallery.job.id}-{row}"'
    headers = {"ETag": tag, "Cache-Control": FOR_GOOD}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = whole_vignette(bench.warm, gallery.objects.index, row)
    return Response(data, media_type="image/png", headers=headers)


@router.get(
    "/vignettes",
    operation_id="getVignettes",
    summary="The images of many objects at once",
    response_class=Response,
    responses={200: {"content": {BUNDLE: {}}, "description": "A line of JSON (row, width, height, bytes), then WebP."}},
)
def show_vignettes(
    gallery: OpenGallery,
    bench: Bench,
    rows: Annotated[str, Query(max_length=2000, description="Rows with commas between.", examples=["0,1,2"])],
) -> Response:
    """Small and in one answer: what is slow on a ship's line is the number of requests."""
    try:
        wanted = [int(row) for row in rows.split(",")]
    except ValueError as error:
        raise BadParameter("Rows are whole numbers with commas between", value=rows[:80], remedy="0,1,2") from error
    found = vignettes(bench.warm, gallery.objects.index, gallery.vignettes, list(dict.fromkeys(wanted)))
    return Response(bundle(found), media_type=BUNDLE, headers={"Cache-Control": FOR_GOOD})


@router.get("/decisions", operation_id="listDecisions", summary="List what people decided")
def list_decisions(
    gallery: OpenGallery,
    bench: Bench,
    after: Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> DecisionList:
    """Every decision in order, those taken back among them, and how far people agree."""
    made = entries(bench.runtime.database, gallery.job.id, after=after, limit=limit)
    agreement = gallery.objects.holdings.agreement()
    return DecisionList(
        items=[_happened(one) for one in made],
        next=made[-1].id if len(made) == limit else None,
        agreement=Agreement(
            decided=agreement.decided,
            by_several=agreement.by_several,
            agreed=agreement.agreed,
            disputed=agreement.disputed,
        ),
        people=[
            Person(key=one.key, name=one.name, objects=objects)
            for one, objects in gallery.objects.holdings.annotators().items()
        ],
    )


@router.get(
    "/decisions.csv",
    operation_id="getDecisionsFile",
    summary="What people decided, as a file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "CSV"}},
)
def download_decisions(
    request: Request,
    gallery: OpenGallery,
    bench: Bench,
    principal: Reader,
    trace: Annotated[bool, Query(description="Every decision with the name before and after, in order.")] = False,
) -> Response:
    """What holds now, in the form that `pelagia run … --corrections` takes; or the whole trace."""
    if trace:
        made = entries(bench.runtime.database, gallery.job.id)
        rows = gallery.objects.index.find(list({one.object_id for one in made}))
        machine = {object_id: gallery.objects.index.text("taxon", row) for object_id, row in rows.items()}
        data, name = trace_csv(machine, iter(made)), "decisions-trace.csv"
    else:
        data, name = current_csv(gallery.objects.holdings), "decisions.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    file = Response(data, media_type="text/csv; charset=utf-8", headers=headers)
    return counted_download(file, request, bench, principal, gallery.job.service)


@router.post("/decisions", operation_id="decide", summary="Decide on objects")
def decide(
    gallery: OpenGallery, open_galleries: OpenGalleries, bench: Bench, principal: Runner, new: NewDecisions
) -> Recorded:
    """Record names that a person gives; nothing is overwritten, and every step can be undone."""
    labels = checked_labels({one.object_id: one.taxon for one in new.decisions})
    batch = open_galleries.record(gallery, labels, annotator_of(principal, new.name))
    return _recorded(bench, gallery, batch)


@router.post("/decisions/undo", operation_id="undoDecisions", summary="Undo a batch of decisions")
def undo_decisions(
    gallery: OpenGallery, open_galleries: OpenGalleries, bench: Bench, principal: Runner, batch: Undo
) -> Recorded:
    """Let the person hold again what they held before the batch; the trace keeps both."""
    done = open_galleries.undo(gallery, batch.first, batch.last, annotator_of(principal, batch.name))
    return _recorded(bench, gallery, done)


@router.get("/revision", operation_id="getRevision", summary="Whether the result follows the decisions")
def show_revision(job: ResultJob, open_galleries: OpenGalleries, bench: Bench) -> RevisionState:
    """Counts and exports follow the decisions once the result is written anew."""
    require_revisable(bench.runtime.settings, job)
    return _state(read_revision(bench, job), holdings_of(open_galleries, job))


@router.post("/revision", operation_id="startRevision", summary="Let the result follow the decisions", status_code=202)
def start_revision(
    job: ResultJob, open_galleries: OpenGalleries, writer: RevisionWriter, bench: Bench, principal: Runner
) -> RevisionState:
    """Write counts and exports anew with all decisions; nothing is classified or counted as use again."""
    require_revisable(bench.runtime.settings, job)
    annotator_of(principal)
    writer.start(job)
    return _state(read_revision(bench, job), holdings_of(open_galleries, job))


@router.get(
    "/as-predicted.zip",
    operation_id="getPredictedArchive",
    summary="The result before anybody decided",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "All files as one archive."}},
)
def download_predicted(request: Request, job: ResultJob, bench: Bench, principal: Reader) -> Response:
    """The output folder as the machine gave it, whatever was decided since."""
    output_folder(bench.runtime.settings, job)
    folder = as_predicted_folder(bench.runtime.settings, job.id)
    named = [(file.path, folder / file.path) for file in files_in(folder)]
    headers = {
        "Content-Disposition": f'attachment; filename="{job.service}-{job.id}-as-predicted.zip"',
        "Cache-Control": "private, no-cache",
    }
    answer = StreamingResponse(zip_stream(named), media_type="application/zip", headers=headers)
    return counted_download(answer, request, bench, principal, job.service)


@router.get("/annotators", operation_id="listAnnotators", summary="List who was invited to decide")
def list_annotators(job: ResultJob, bench: Bench) -> list[InvitedPerson]:
    """Those who may look at this result and decide, beside its owner."""
    found = invited(bench.runtime.database, job.id)
    return [InvitedPerson(account_id=one.account_id, name=one.name) for one in found]


@router.post("/annotators", operation_id="addAnnotator", summary="Invite somebody to decide", status_code=201)
def add_annotator(job: ResultJob, bench: Bench, principal: Runner, invitation: Invitation) -> InvitedPerson:
    """The person must have an account on this installation; an address that nobody has confirmed is refused."""
    require_inviter(principal, job)
    database = bench.runtime.database
    if invitation.account_id is not None:
        account = account_numbered(database, invitation.account_id)
    else:
        account = account_at(database, bench.runtime.settings, invitation.email or "")
    invite(database, job.id, account.id)
    return InvitedPerson(account_id=account.id, name=account.name)


@router.delete(
    "/annotators/{account_id}", operation_id="removeAnnotator", summary="Take an invitation back", status_code=204
)
def remove_annotator(
    job: ResultJob, bench: Bench, principal: Runner, account_id: Annotated[str, Path(pattern="^[0-9A-Za-z]{1,32}$")]
) -> None:
    """What the person decided stays."""
    require_inviter(principal, job)
    uninvite(bench.runtime.database, job.id, account_id)


def _happened(entry: Entry) -> Happened:
    return Happened(
        id=entry.id,
        object_id=entry.object_id,
        taxon=entry.label,
        by=entry.annotator.name,
        key=entry.annotator.key,
        at=entry.at,
    )


def _card(gallery: Gallery, row: int) -> ObjectCard:
    return ObjectCard(**gallery.objects.card(row))


def _recorded(bench: Bench, gallery: Gallery, batch: Batch) -> Recorded:
    rows = gallery.objects.index.find(list(batch.labels))
    return Recorded(
        first=batch.first,
        last=batch.last,
        objects=[_card(gallery, row) for row in rows.values()],
        revision=_state(read_revision(bench, gallery.job), gallery.objects.holdings),
    )


def _state(revision: Revision, holdings: Holdings) -> RevisionState:
    return RevisionState(
        state=revision.state,
        number=revision.made.number,
        decided_in_it=revision.made.decided,
        decided_now=len(holdings.objects),
        made_at=revision.made.made_at,
        error=dict(revision.error),
    )
