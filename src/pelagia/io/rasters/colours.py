"""From the bands of a picture to red, green, blue of 8 bits and to which pixels show something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.sampling import read_corners, read_sample

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Values = NDArray[Any]
Model = Literal["rgb", "grey", "palette", "cmyk"]

STRETCH_PERCENT = (0.5, 99.5)
OPAQUE = 128
COLOURS = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
INKS = (ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """How the bands of one picture are shown; the same for every part of it.

    Parameters
    ----------
    model
        What the colour bands are.
    bands
        Their numbers, from 1, then that of the band of transparency if there is one.
    has_alpha
        Whether there is.
    has_mask
        Whether the file holds a mask beside its bands.
    nodata
        For each colour band the value that means nothing, or None.
    palette
        (n, 4) uint8, red, green, blue, opacity of each value.
    lowest, highest
        The values shown as 0 and 255.
    is_implied
        Whether ``nodata`` is not stated but was seen: the corners of an orthophoto are of one pure black or white.
    is_assumed
        Whether the file does not say which bands are red, green and blue.
    """

    model: Model
    bands: tuple[int, ...]
    has_alpha: bool = False
    has_mask: bool = False
    nodata: tuple[float | None, ...] = ()
    palette: NDArray[np.uint8] | None = None
    lowest: float = 0.0
    highest: float = 255.0
    is_implied: bool = False
    is_assumed: bool = False

    @property
    def may_be_empty(self) -> bool:
        """Whether the file can say that a pixel shows nothing."""
        is_clear = self.palette is not None and bool((self.palette[:, 3] < OPAQUE).any())
        return self.has_alpha or self.has_mask or is_clear or any(value is not None for value in self.nodata)

    @property
    def colour_bands(self) -> int:
        """Number of colour bands."""
        return len(self.bands) - self.has_alpha


def colours_of(dataset: Any, *, is_orthophoto: bool) -> Colours:
    """Say how a picture is shown.

    Parameters
    ----------
    dataset
        As opened by :func:`pelagia.io.rasters.opening.open_dataset`.
    is_orthophoto
        Whether it lies on the ground by itself: then pure black or white in its corners means nothing.

    Notes
    -----
    Values of 8 bits are shown as they are. All others are stretched from their 0.5th to their 99.5th percentile in a
    sample of the whole picture, all colours alike, so that every part of a picture is shown alike; 16-bit files that
    use 8 bits only stay as they are.
    """
    colours = _bands(dataset)
    if colours.model == "palette":
        return colours
    if _may_hide_alpha(dataset, colours):
        fourth = read_sample(dataset, (4,))
        if fourth.size and np.isin(fourth, (0, 255)).all():
            colours = replace(colours, bands=(*colours.bands, 4), has_alpha=True, is_assumed=False)
    if dataset.dtypes[colours.bands[0] - 1] != "uint8":
        colours = _stretched(dataset, colours)
    elif "NBITS" in dataset.tags(colours.bands[0], ns="IMAGE_STRUCTURE"):
        bits = int(dataset.tags(colours.bands[0], ns="IMAGE_STRUCTURE")["NBITS"])
        colours = replace(colours, highest=float(2**bits - 1))
    if is_orthophoto and not colours.may_be_empty and colours.highest == 255 and dataset.dtypes[0] == "uint8":
        return _with_corners(dataset, colours)
    return colours


def read_bands(dataset: Any, colours: Colours, window: Window | None = None, **options: Any) -> tuple[Rgb, Mask]:
    """Read a part of a picture.

    Parameters
    ----------
    dataset, colours
        The picture and how it is shown.
    window
        The part, inside the picture; ``None`` for all.
    options
        For ``read`` of rasterio: ``out_shape`` (height, width), ``resampling``.

    Returns
    -------
    rgb
        (height, width, 3) uint8, as it is stored.
    valid
        (height, width): which pixels show something.

    Raises
    ------
    rasterio.errors.RasterioIOError
        A part of it is missing or damaged.
    """
    shape = options.pop("out_shape", None)
    sized = {} if shape is None else {"out_shape": (len(colours.bands), *shape)}
    values = dataset.read(list(colours.bands), window=window, **sized, **options)
    rgb, valid = show(values, colours)
    if colours.has_mask:
        valid &= dataset.read_masks(1, window=window, **({} if shape is None else {"out_shape": shape})) > 0
    return rgb, valid


def show(values: Values, colours: Colours) -> tuple[Rgb, Mask]:
    """Return red, green, blue and which pixels show something.

    Parameters
    ----------
    values
        (band, height, width) of ``colours.bands``.
    """
    count = colours.colour_bands
    valid = _valid(values[:count], colours)
    if colours.has_alpha:
        valid &= values[count] >= (OPAQUE if values.dtype == np.uint8 else 1)
    if colours.model == "palette" and colours.palette is not None:
        shown = colours.palette[np.minimum(values[0], len(colours.palette) - 1)]
        return np.ascontiguousarray(shown[..., :3]), valid & (shown[..., 3] >= OPAQUE)
    planes = [_eight_bits(band, colours) for band in values[:count]]
    if colours.model == "cmyk":
        light = 255 - planes[3].astype(np.uint16)
        planes = [((255 - plane) * light // 255).astype(np.uint8) for plane in planes[:3]]
    return np.asarray(cv2.merge(planes if len(planes) == 3 else planes[:1] * 3), np.uint8), valid


def _valid(values: Values, colours: Colours) -> Mask:
    valid = np.ones(values.shape[1:], np.bool_)
    if colours.nodata and all(value is not None for value in colours.nodata):
        void = np.ones_like(valid)
        for band, nothing in zip(values, colours.nodata, strict=True):
            void &= band == nothing  # not a number is looked for below
        valid &= ~void
    if np.issubdtype(values.dtype, np.floating):
        valid &= np.isfinite(values).all(axis=0)
    return valid


def _eight_bits(band: Values, colours: Colours) -> Rgb:
    if band.dtype == np.uint8 and colours.highest == 255:
        return np.ascontiguousarray(band, np.uint8)
    scale = 255 / (colours.highest - colours.lowest)
    stretched = np.nan_to_num((band.astype(np.float32) - colours.lowest) * scale, nan=0.0, posinf=255, neginf=0)
    shown: Rgb = np.clip(np.rint(stretched), 0, 255).astype(np.uint8)
    return shown


def _bands(dataset: Any) -> Colours:
    """Return which bands are shown, by what the file says of them."""
    meaning = _meaning(dataset)
    is_masked = (
        MaskFlags.per_dataset in dataset.mask_flag_enums[0] and MaskFlags.alpha not in dataset.mask_flag_enums[0]
    )
    if meaning[0] is ColorInterp.palette:
        return Colours(
            model="palette", bands=(1,), has_mask=is_masked, nodata=_nodata(dataset, (1,)), palette=_palette(dataset)
        )
    alpha = tuple(number for number, kind in enumerate(meaning, 1) if kind is ColorInterp.alpha)[:1]
    bands, model, is_assumed = _colour_bands(meaning)
    return Colours(
        model=model,
        bands=(*bands, *alpha),
        has_alpha=bool(alpha),
        has_mask=is_masked,
        nodata=_nodata(dataset, bands),
        is_assumed=is_assumed,
    )


def _meaning(dataset: Any) -> tuple[ColorInterp, ...]:
    try:
        return tuple(dataset.colorinterp)
    except READ_FAILURES:  # rasterio tells here of a failure of an earlier read, of whatever file, and then forgets it
        return tuple(dataset.colorinterp)


def _colour_bands(meaning: tuple[ColorInterp, ...]) -> tuple[tuple[int, ...], Model, bool]:
    if all(kind in meaning for kind in INKS):
        return tuple(meaning.index(kind) + 1 for kind in INKS), "cmyk", False
    if all(kind in meaning for kind in COLOURS):
        return tuple(meaning.index(kind) + 1 for kind in COLOURS), "rgb", False
    others = [number for number, kind in enumerate(meaning, 1) if kind is not ColorInterp.alpha]
    if len(others) >= 3:
        return tuple(others[:3]), "rgb", True
    return (others[0] if others else 1,), "grey", False


def _nodata(dataset: Any, bands: tuple[int, ...]) -> tuple[float | None, ...]:
    return tuple(dataset.nodatavals[number - 1] for number in bands)


def _palette(dataset: Any) -> NDArray[np.uint8]:
    entries = dataset.colormap(1)
    palette = np.zeros((max(entries) + 1, 4), np.uint8)
    for value, colour in entries.items():
        palette[value] = colour
    return palette


def _may_hide_alpha(dataset: Any, colours: Colours) -> bool:
    """Tell whether a fourth band of which the file says nothing may be the transparency that drone software writes."""
    return (
        dataset.count == 4
        and colours.bands == (1, 2, 3)
        and dataset.dtypes[3] == "uint8"
        and _meaning(dataset)[3] in {ColorInterp.undefined, ColorInterp.gray}
    )


def _stretched(dataset: Any, colours: Colours) -> Colours:
    sample = read_sample(dataset, colours.bands)
    count = colours.colour_bands
    valid = show(sample[:, np.newaxis], replace(colours, lowest=0, highest=1))[1][0]
    values = sample[:count, valid].astype(np.float64)
    if not values.size:
        return replace(colours, lowest=0.0, highest=1.0)
    if np.issubdtype(sample.dtype, np.integer) and 1 < values.max() <= 255 and values.min() >= 0:
        return replace(colours, lowest=0.0, highest=255.0)
    low, high = np.percentile(values, STRETCH_PERCENT)
    return replace(colours, lowest=float(low), highest=float(high if high > low else low + 1))


def _with_corners(dataset: Any, colours: Colours) -> Colours:
    """Return the colours with pure black or white as nothing, where two corners at least hold nothing else."""
    corners = read_corners(dataset, colours.bands)
    for colour in (0, 255):
        if sum(bool((corner == colour).all()) for corner in corners) >= 2:
            return replace(colours, nodata=(float(colour),) * colours.colour_bands, is_implied=True)
    return colours
