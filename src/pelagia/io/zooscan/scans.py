"""What a legacy project is made of: scans, backgrounds, settings, with the names of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pelagia.core.result import Issue
from pelagia.io.zooscan.configuration import Configuration, Lut
from pelagia.io.zooscan.metadata import SampleMetadata, ScanMetadata
from pelagia.io.zooscan.naming import Fraction
from pelagia.io.zooscan.results import ResultTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """One background: two images of the empty frame taken together. Names are relative to the source, ``""`` absent.

    Parameters
    ----------
    name
        What the names of its files share: ``20240529_0946_back_large``.
    taken_at
        As its name says, None where it says nothing.
    frame
        ``large`` or ``narrow``, ``""`` where its name says nothing.
    raw_1, raw_2
        The two raw 16-bit images.
    back_1, back_2
        The same in 8 bits.
    whole
        What the legacy made of them, 8 bits.
    dpi
        As the images or their size beside that of the scans say; the legacy takes backgrounds at half the resolution.
    usable
        Whether both raw images are there and sound.
    """

    name: str
    taken_at: datetime | None = None
    frame: str = ""
    raw_1: str = ""
    raw_2: str = ""
    back_1: str = ""
    back_2: str = ""
    whole: str = ""
    log: str = ""
    rows: int = 0
    cols: int = 0
    dpi: int | None = None
    usable: bool = True

    @property
    def raw_pair(self) -> tuple[str, str] | None:
        """Both raw images, or None where one is missing."""
        return (self.raw_1, self.raw_2) if self.raw_1 and self.raw_2 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan and the files that belong to it. Names are relative to the source, ``""`` where there is none.

    Parameters
    ----------
    scan_id
        Sample, fraction and frame: ``cruise_st1_d1_1``.
    subsample_id
        Sample and fraction.
    raw
        The raw 16-bit image; its zip where only that is left.
    vis1
        The image with the background removed: a zipped TIFF, a TIFF or a PNG.
    scan_8
        The image in 8 bits before the background was removed.
    sep, mask, outlines
        Masks of the legacy: separation lines, objects, outlines.
    pid, meas, table
        Tables of the legacy: ``_dat1.pid``, ``_meas.txt`` and ``ecotaxa_<scan>.tsv``.
    log, meta
        Beside the raw image, or in the work folder where there are none.
    work
        The work folder, ``""`` where the scan was never processed.
    vignettes
        How many vignettes are in the work folder.
    background
        The last usable one of the same frame taken before the scan; None where there is none.
    background_dpi
        Of it, for this scan.
    rows, cols
        Size of the raw image (or of vis1), px; 0 where it could not be read.
    dpi
        As the image says, else the configuration or the legacy's results; None where nothing says it.
    scanned_at
        As the log says.
    sample, metadata
        None where nothing is known of it.
    sources
        Files that metadata came from, in the order of their precedence.
    processed
        What the table of the legacy says, None where it was not processed.
    sizes
        Bytes of the files named here.
    duplicates
        Further files that claim to be what another one is.
    usable
        Whether there are pixels to work with.
    """

    scan_id: str
    subsample_id: str
    sample_id: str
    fraction: Fraction
    raw: str = ""
    vis1: str = ""
    scan_8: str = ""
    sep: str = ""
    mask: str = ""
    outlines: str = ""
    pid: str = ""
    meas: str = ""
    table: str = ""
    log: str = ""
    meta: str = ""
    work: str = ""
    vignettes: int = 0
    background: Background | None = None
    background_dpi: int | None = None
    rows: int = 0
    cols: int = 0
    dpi: int | None = None
    scanned_at: datetime | None = None
    frame: str = ""
    operator: str = ""
    hardware: str = ""
    software: str = ""
    log_values: Mapping[str, str] = field(default_factory=dict)
    sample: SampleMetadata | None = None
    metadata: ScanMetadata | None = None
    sources: tuple[str, ...] = ()
    processed: ResultTable | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    duplicates: tuple[str, ...] = ()
    usable: bool = True
    issues: tuple[Issue, ...] = ()

    @property
    def pixel_mm(self) -> float | None:
        """Side of a pixel, mm: 25.4/dpi, not the rounded 0.0106 of the legacy; None where the dpi is unknown."""
        return 25.4 / self.dpi if self.dpi else None

    @property
    def main(self) -> str:
        """The file that stands for the scan in a finding."""
        return self.raw or self.vis1 or self.scan_8 or self.pid or self.work or self.scan_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A legacy project, or files that stand together without one.

    Parameters
    ----------
    name
        The folder's name: ``Zooscan_cruise_sn001``.
    uri
        The source its files are in.
    root
        Its folder in the source, ``""`` for the source itself.
    is_legacy
        Whether it has the folders of a legacy project.
    samples
        All samples of the header table, also those without a scan, by their id.
    tables
        Where the header tables and ``metadata.txt`` stand: ``sample``, ``scan``, ``metadata``.
    initial
        The frame (``large``, ``narrow``) that the scanner's ``.ini`` file in the configuration names, ``""`` for none.
    """

    name: str
    uri: str
    root: str = ""
    is_legacy: bool = True
    scans: tuple[Scan, ...] = ()
    backgrounds: tuple[Background, ...] = ()
    configuration: Configuration | None = None
    lut: Lut | None = None
    samples: Mapping[str, SampleMetadata] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    initial: str = ""
    issues: tuple[Issue, ...] = ()
