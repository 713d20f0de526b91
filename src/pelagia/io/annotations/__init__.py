"""Boxes and classes that people drew: COCO, YOLO, CVAT, a folder for each class."""

from pelagia.io.annotations.form import AnnotatedImage, Annotations, Box, Format
from pelagia.io.annotations.matching import FileNames
from pelagia.io.annotations.reading import read_annotations, sniff

__all__ = ["AnnotatedImage", "Annotations", "Box", "FileNames", "Format", "read_annotations", "sniff"]
