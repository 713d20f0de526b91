"""ZooScan projects as ZooProcess leaves them: raw scans, backgrounds, logs, metadata, tables of results."""

from pelagia.io.zooscan.configuration import Configuration, Lut
from pelagia.io.zooscan.faults import closed_frame
from pelagia.io.zooscan.masks import Mask, read_mask
from pelagia.io.zooscan.metadata import SampleMetadata, ScanMetadata
from pelagia.io.zooscan.naming import Fraction
from pelagia.io.zooscan.places import Place, find_places
from pelagia.io.zooscan.processed import Vis1, Vis1Header, read_vis1, read_vis1_header
from pelagia.io.zooscan.project import read_projects
from pelagia.io.zooscan.raw import RawImage, open_raw
from pelagia.io.zooscan.results import ResultTable
from pelagia.io.zooscan.scans import Background, Project, Scan

__all__ = [
    "Background",
    "Configuration",
    "Fraction",
    "Lut",
    "Mask",
    "Place",
    "Project",
    "RawImage",
    "ResultTable",
    "SampleMetadata",
    "Scan",
    "ScanMetadata",
    "Vis1",
    "Vis1Header",
    "closed_frame",
    "find_places",
    "open_raw",
    "read_mask",
    "read_projects",
    "read_vis1",
    "read_vis1_header",
]
