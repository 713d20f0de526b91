"""planktonclas of VLIZ (phyto-plankton-classification), which FlowCam takes the place of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.originals import Original
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.learning.card import read_card

TOP = 5
COLUMNS = ("source_file", "top_taxa", "top_probabilities")


def predictions(result: Result, request: Request[Any]) -> dict[str, Any]:
    """Return the five most probable classes of each image that could be read, as planktonclas did.

    ``aphia_ids`` is flat: five to an image, in the order of ``pred_lab``; ``null`` where the card has none.
    """
    card = read_card(Path(request.models["classifier"].path))
    aphia_ids = {one.name: one.aphia_id for one in card.classes}
    rows = [row for row in result.tables["objects"].records(COLUMNS) if row["top_taxa"] is not None]
    taxa: list[list[str]] = [list(row["top_taxa"])[:TOP] for row in rows]  # type: ignore[call-overload]
    return {
        "filenames": [row["source_file"] for row in rows],
        "pred_lab": taxa,
        "pred_prob": [list(row["top_probabilities"])[:TOP] for row in rows],  # type: ignore[call-overload]
        "aphia_ids": [aphia_ids.get(name) for names in taxa for name in names],
    }


def _ignored(name: str, default: str, description: str) -> Argument:
    return Argument(
        name=name,
        kind="string",
        description=f"{description}; accepted for clients of planktonclas, without effect",
        meaning=("", ""),
        default=default,
        has_default=True,
        is_json=True,
    )


def _renamed(name: str, param: str, kind: Any, default: Any, description: str) -> Argument:
    return Argument(
        name=name,
        kind=kind,
        description=f"The name that planktonclas has for {param}: {description}",
        meaning=("params", param),
        default=default,
        is_json=True,
    )


ORIGINAL = Original(
    predictions=predictions,
    arguments=(
        Argument(
            name="image", kind="file", description="Select the image you want to classify.", meaning=("inputs", "runs")
        ),
        Argument(
            name="zip_data",
            kind="file",
            description="Select the zip file containing images to classify.",
            meaning=("inputs", "runs"),
        ),
        Argument(name="zip", kind="file", description="Another name for zip_data", meaning=("inputs", "runs")),
        _ignored("timestamp", '""', "Folder of the trained model"),
        _ignored("ckpt_name", '"final_model.h5"', "File of the trained model"),
        _ignored("output_directory", '""', "Folder for the results"),
    ),
    training_arguments=(
        _renamed("image_size", "size_px", "integer", None, "side of the square the network sees"),
        _renamed("initial_lr", "learning_rate", "number", None, "peak learning rate"),
        _renamed("batch_size", "batch", "integer", None, "images per step"),
    ),
)
