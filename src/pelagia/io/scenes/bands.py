"""Opening the bands of a scene with GDAL, confined as all pictures are; JPEG 2000 among them."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import rasterio
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio.errors import NotGeoreferencedWarning

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.georeference import IDENTITY, horizontal, name_of
from pelagia.io.rasters.opening import MAX_WHOLE_PIXELS, confined, damaged, open_dataset
from pelagia.io.scenes.facts import Band
from pelagia.io.scenes.faults import unreadable
from pelagia.io.sources import Source

JPEG_2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
HEAD_BYTES = 1 << 20
COPY_BYTES = 1 << 20
Lying = tuple[str | None, tuple[float, ...] | None, int, int]


def open_band(path: str | Path, file: str) -> Any:
    """Open the file of a band; only its header is read.

    Parameters
    ----------
    path
        A regular file of this machine.
    file
        How the user named it, for messages.

    Returns
    -------
    rasterio.DatasetReader
        To be closed by the caller; called within :func:`pelagia.io.rasters.opening.confined`.

    Raises
    ------
    NotFound, BadInput
        As :func:`pelagia.io.rasters.opening.open_dataset`.
    """
    place = Path(path).absolute()
    if not place.is_file():
        raise NotFound("The scene is no longer there", value=file, remedy="Start the run anew.", file=file)
    with place.open("rb") as stream:
        start = stream.read(16)
    if not start.startswith(JPEG_2000):
        return open_dataset(place, file)
    with confined(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(place, driver="JP2OpenJPEG", sharing=False)
        except (*READ_FAILURES, ValueError) as error:
            raise damaged(file, f"JPEG 2000, {place.stat().st_size:,} bytes") from error
    if dataset.width * dataset.height > MAX_WHOLE_PIXELS or dataset.count > 4:
        dataset.close()
        raise BadInput(
            f"The picture is larger than it may be: at most {MAX_WHOLE_PIXELS:,} pixels",
            remedy="Give the product as it was published.",
            value=f"{dataset.width} × {dataset.height} pixels, {dataset.count} bands",
            file=file,
            code="too-large",
        )
    return dataset


@contextmanager
def band_of(source: Source, name: str, path: str, file: str, *, whole: bool = False) -> Iterator[Any]:
    """Open a band; one inside an archive or elsewhere is copied to a temporary file.

    Parameters
    ----------
    source, name
        Where it stands.
    path
        Where on this machine, ``""`` where nowhere.
    file
        How the user named it, for messages.
    whole
        Whether values are read: else only its beginning is copied, where that is enough for its header.
    """
    with ExitStack() as stack:
        if not path:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pelagia-scene-"))
            path = str(Path(folder) / "band")
            stack.enter_context(_copied(source, name, Path(path), file, whole=whole))
        stack.enter_context(confined())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield stack.enter_context(open_band(path, file))


@contextmanager
def _copied(source: Source, name: str, copy: Path, file: str, *, whole: bool) -> Iterator[None]:
    with source.open(name) as stream, copy.open("wb") as target:
        target.write(stream.read(HEAD_BYTES))
        target.flush()
        if whole or not _opens(copy, file):
            shutil.copyfileobj(stream, target, COPY_BYTES)
    yield


def _opens(path: Path, file: str) -> bool:
    """Tell whether a beginning is enough: the description of a TIFF may stand at its end."""
    try:
        open_band(path, file).close()
    except BadInput:
        return False
    return True


def lying_of(source: Source, band: Band, file: str) -> Lying:
    """Return coordinate system, affine map, height and width of a band, by its header.

    Raises
    ------
    BadInput
        ``scene-unreadable``: its coordinate system is not known.
    """
    with band_of(source, band.file, band.path, file) as dataset:
        return lying(dataset, file)


def lying(dataset: Any, file: str) -> Lying:
    """Return coordinate system, affine map, height and width of an open band."""
    height, width = dataset.shape
    transform = tuple(float(value) for value in tuple(dataset.transform)[:6])
    if dataset.crs is None or transform == IDENTITY:
        return None, None, height, width
    try:
        crs = name_of(horizontal(CRS.from_wkt(dataset.crs.to_wkt())))
    except ProjError as error:
        raise unreadable(file, str(dataset.crs)[:60], "The coordinate system of the scene is not known") from error
    return crs, transform, height, width
