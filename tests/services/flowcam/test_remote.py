"""A run gives the same objects wherever it stands: on disk, in S3, behind a web address, in MongoDB."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gridfs
import obstore
from obstore.store import S3Store
from tests.data.flowcam.make import MadeRun
from tests.learning.tiny_model import plain_image
from tests.servers.fixtures import Mongo, Web
from tests.servers.seaweedfs import S3Server
from tests.services.flowcam.conftest import Outcome

from pelagia.io.images import encode_png

Analyse = Callable[..., Outcome]


def told(outcome: Outcome) -> list[tuple[Any, ...]]:
    names = ("particle_id", "source_file", "box_col_px", "esd_um", "taxon", "confidence", "acquired_at_utc")
    return [tuple(row[name] for name in names) for row in outcome.rows("objects")]


def test_a_run_in_s3_gives_what_it_gives_on_disk(made: MadeRun, analyse: Analyse, s3: S3Server) -> None:
    store = S3Store("pelagia-runs", **s3.client_options())
    for path in made.folder.iterdir():
        obstore.put(store, f"station 7/{path.name}", path.read_bytes())
    outcome = analyse("s3://pelagia-runs/station 7")
    assert told(outcome) == told(analyse(made.folder))
    assert outcome.estimate.units == outcome.billed == made.particles


def test_a_zipped_run_behind_a_web_address_gives_what_it_gives_on_disk(
    made: MadeRun, analyse: Analyse, web: Web, tmp_path: Path
) -> None:
    archive = tmp_path / "run.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in made.folder.iterdir():
            target.write(path, path.name)
    assert told(analyse(web.put("/run.zip", archive.read_bytes()))) == told(analyse(made.folder))


def test_a_collection_gives_its_images_with_their_labels(analyse: Analyse, mongo: Mongo) -> None:
    files = gridfs.GridFS(mongo.database)
    colours = {"Acartia": (250, 0, 0), "Oithona": (0, 0, 250)}
    for taxon, colour in colours.items():
        image = files.put(encode_png(plain_image(colour)))
        mongo.database["vignettes"].insert_one({"image": image, "taxon": taxon, "station": 7})
    mongo.database["vignettes"].insert_one({"image": image, "taxon": "Other", "station": 8})
    address = mongo.address("vignettes", query='{"station":7}', image_field="image", label_field="taxon")
    rows = analyse(address).rows("objects")
    assert [(row["given_label"], row["predicted_taxon"]) for row in rows] == [("Acartia", "Red"), ("Oithona", "Blue")]
