"""The columns of the tables: marks, boxes, annotators, images, split."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column

STRING, FLOAT, INT, SMALL, BOOL = pa.string(), pa.float64(), pa.int64(), pa.int32(), pa.bool_()

ALL = "all"
"""Stands for every class, or every deployment, together."""
PARTS = ("train", "validation", "test")
ACCEPTED, REVIEW, REJECTED, EXPERT = "accepted", "review", "rejected", "expert"


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


_BOX = (
    _column("row_px", FLOAT, "Upper edge, from the corner of the first pixel", "px"),
    _column("col_px", FLOAT, "Left edge", "px"),
    _column("height_px", FLOAT, "Height", "px"),
    _column("width_px", FLOAT, "Width", "px"),
)

MARK_COLUMNS: tuple[Column, ...] = (
    _column("mark_id", STRING, "Name of the mark, unique in the result"),
    _column("image_id", STRING, "The image it was drawn on"),
    _column("annotator", STRING, "Who drew it"),
    _column("species", STRING, "What that person called it"),
    _column("shape", STRING, "How it was drawn: point, line, polygon or box"),
    *_BOX,
    _column("length_px", FLOAT, "Length of a line, as a measure of the body; empty for other shapes", "px"),
    _column("object_id", STRING, "The box it belongs to; empty where it was not used"),
    _column("offset", FLOAT, "Distance of its middle from that of the box, in sizes of the box"),
    _column(
        "state",
        STRING,
        "used, duplicate (of another mark of that person), outside (the image), unread (the image), crowded (too many "
        "marks on the image), left-out (with its annotator)",
    ),
    _column("created", STRING, "When it was drawn, as the table of marks tells"),
)

BOX_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the box, unique in the result"),
    _column("image_id", STRING, "The image it is on"),
    _column("file", STRING, "The file of the image"),
    _column("item_class", STRING, "The species that most people named, or the expert"),
    _column("species_share", FLOAT, "Share of the people who marked it and named this species", "share"),
    _column("runner_up", STRING, "The species named second most often; empty where all agree"),
    _column("runner_up_share", FLOAT, "Share of the people who named that", "share"),
    *_BOX,
    _column("annotators", SMALL, "People who marked it"),
    _column("seen_by", SMALL, "People who saw the image"),
    _column("agreement", FLOAT, "Share of those who saw the image that marked it", "share"),
    _column("agreement_low", FLOAT, "Lower 95 % bound (Wilson)", "share"),
    _column("agreement_high", FLOAT, "Upper 95 % bound", "share"),
    _column("weighted_agreement", FLOAT, "The same, each person weighted by reliability", "share"),
    _column("probability", FLOAT, "How likely an animal is there, by who marked it and who did not", "share"),
    _column("spread_px", FLOAT, "How far single edges are from those of the box (1.4826 × median deviation)", "px"),
    _column("length_px", FLOAT, "Length of the body: median of the lines; empty without one", "px"),
    _column("length_low_px", FLOAT, "Lower 95 % bound (order statistics); empty below 6 lines", "px"),
    _column("length_high_px", FLOAT, "Upper 95 % bound", "px"),
    _column("lengths", SMALL, "Lines it is taken from"),
    _column("status", STRING, "accepted, review (a person should look), rejected, or expert (validated)"),
    _column("crowd_status", STRING, "What the annotators alone would have made of it: accepted, review or rejected"),
    _column("source", STRING, "Who drew the box: annotators or expert"),
)

ANNOTATOR_COLUMNS: tuple[Column, ...] = (
    _column("annotator", STRING, "Who"),
    _column("images_seen", INT, "Images that the person saw"),
    _column("images_marked", INT, "Images that the person marked something on"),
    _column("marks", INT, "Marks that were drawn"),
    _column("duplicates", INT, "Those of them that mark the same animal again"),
    _column("outside", INT, "Those of them that lie outside the image"),
    _column("lone_share", FLOAT, "Share of the marks that nobody else made, where three or more looked", "share"),
    _column("found_share", FLOAT, "Share of the animals that the others agree on and this person marked too", "share"),
    _column("animals", INT, "Animals on images the person saw that the others agree on"),
    _column("size_ratio", FLOAT, "Median size of the person's boxes, in sizes of the box agreed on"),
    _column("offset", FLOAT, "Median distance of the marks from the box agreed on, in sizes of the box"),
    _column("repeated_share", FLOAT, "Share of the marks at the very same place on at least three images", "share"),
    _column("sensitivity", FLOAT, "Probability of marking an animal that is there (Dawid and Skene)", "share"),
    _column("false_rate", FLOAT, "Probability of marking a place where somebody marked, and no animal is", "share"),
    _column("reliability", FLOAT, "Weight: sensitivity less false rate, 0 to 1"),
    _column("expert_animals", INT, "Validated animals on images that the person saw"),
    _column("expert_found", INT, "Those of them that the person marked"),
    _column("expert_false", INT, "Marks on such images where experts have no box"),
    _column("is_outlier", BOOL, "Whether the person differs from the others"),
    _column("reasons", STRING, "In what"),
    _column("is_left_out", BOOL, "Whether the marks were left out"),
)

IMAGE_COLUMNS: tuple[Column, ...] = (
    _column("image_id", STRING, "Name of the image, unique in the result"),
    _column("source_uri", STRING, "The folder, archive or address it is in; empty where it is missing"),
    _column("file", STRING, "Its file there; empty where it is missing"),
    _column("deployment", STRING, "The deployment (or camera) it belongs to"),
    _column("height_px", SMALL, "Height, from the file; empty where it cannot be read", "px"),
    _column("width_px", SMALL, "Width, from the file", "px"),
    _column("seen_by", SMALL, "People who saw it"),
    _column("marked_by", SMALL, "People who marked something on it"),
    _column("marks", SMALL, "Marks on it"),
    _column("accepted", SMALL, "Boxes that were accepted"),
    _column("review", SMALL, "Boxes that a person should look at"),
    _column("rejected", SMALL, "Boxes that were rejected"),
    _column("experts", SMALL, "Boxes that experts validated"),
    _column("is_validated", BOOL, "Whether an expert looked at it"),
    _column("is_in_set", BOOL, "Whether it belongs to the training set"),
    _column("part", STRING, "train, validation or test; empty where it belongs to none"),
)

SPLIT_COLUMNS: tuple[Column, ...] = (
    _column("part", STRING, "train, validation or test"),
    _column("deployment", STRING, f"The deployment; '{ALL}' for all of the part"),
    _column("item_class", STRING, f"The class; '{ALL}' for every class together"),
    _column("images", INT, "Images; of a class those that show it"),
    _column("boxes", INT, "Boxes in the training set"),
    _column("share", FLOAT, "Share of the images (of a class: of its boxes) of the whole set", "share"),
)
