"""The first half of an oil spill training: pictures and masks found, paired, fetched and kept."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from pelagia.core.errors import BadInput, NothingUsable, PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.images import MAX_PIXELS, decode_image, is_image_name
from pelagia.io.sources import open_source, without_secrets
from pelagia.learning.train.slicks.data import SlickSample, keep_sample

Record = dict[str, Any]
Floats = npt.NDArray[np.float32]

MASK_NAME = re.compile(r"[_-](?:mask|masks|label|labels|gt)$", re.IGNORECASE)
PICTURE_NAME = re.compile(r"[_-](?:sat|image|img|sar)$", re.IGNORECASE)
MASK_FOLDERS = frozenset({"mask", "masks", "label", "labels", "gt", "annotations"})
PICTURE_FOLDERS = frozenset({"image", "images", "img", "sat", "sar", "pictures"})
OIL_ABOVE = 127
PAIRS_PER_CHUNK = 50
LEAST_SIDE_PX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The pairs that were found.

    Parameters
    ----------
    uris, pictures, masks
        Of each pair: its source, and the paths of picture and mask there.
    sizes
        Bytes of both together.
    issues
        Pictures without a mask, and masks without a picture.
    """

    uris: tuple[str, ...]
    pictures: tuple[str, ...]
    masks: tuple[str, ...]
    sizes: tuple[int, ...]
    issues: tuple[Issue, ...]


def find_pairs(uris: Sequence[str]) -> Pairs:
    """Find pictures and masks that belong together.

    Parameters
    ----------
    uris
        Folders or archives.

    Raises
    ------
    NothingUsable
        If there is no pair at all.
    """
    found: list[tuple[str, str, str, int]] = []
    issues: list[Issue] = []
    for uri in uris:
        pictures: dict[str, tuple[str, int]] = {}
        masks: dict[str, tuple[str, int]] = {}
        for entry in open_source(uri).entries():
            if is_image_name(entry.name):
                key, is_mask = _key(entry.name)
                _put(masks if is_mask else pictures, key, entry.name, entry.size, issues)
        both = sorted(pictures.keys() & masks.keys())
        found += [(uri, pictures[key][0], masks[key][0], pictures[key][1] + masks[key][1]) for key in both]
        issues += [_alone(pictures[key][0], "picture", "mask") for key in sorted(pictures.keys() - masks.keys())]
        issues += [_alone(masks[key][0], "mask", "picture") for key in sorted(masks.keys() - pictures.keys())]
    if not found:
        raise NothingUsable(
            "no picture with its mask was found",
            value=", ".join(without_secrets(uri) for uri in uris)[:200],
            remedy="Name them NAME_sat and NAME_mask, or give folders images/ and masks/ with the same names in both.",
        )
    return Pairs(
        uris=tuple(uri for uri, _, _, _ in found),
        pictures=tuple(picture for _, picture, _, _ in found),
        masks=tuple(mask for _, _, mask, _ in found),
        sizes=tuple(size for _, _, _, size in found),
        issues=tuple(issues),
    )


def fetch_step(item: Record) -> Record:
    """Read some pairs and keep them as training reads them.

    Parameters
    ----------
    item
        Of :func:`pair_chunks`.

    Returns
    -------
    dict
        Of each pair ``sha256`` (empty where it could not be read), ``bytes`` and ``oil``, the share of its pixels that
        is; ``issues``, and how many were ``read``.
    """
    kept: Record = {"sha256": [], "bytes": [], "oil": [], "issues": []}
    rows = zip(item["uris"], item["pictures"], item["masks"], strict=True)
    for number, (uri, picture, mask) in enumerate(rows, start=item["first"]):
        try:
            digest, size, oil = _fetch(uri, picture, mask, sample_stem(Path(item["folder"]), number))
        except PelagiaError as error:
            kept["issues"].append(asdict(finding(error, objects=1)))
            digest, size, oil = "", 0, 0.0
        for name, value in (("sha256", digest), ("bytes", size), ("oil", oil)):
            kept[name].append(value)
    kept["read"] = sum(map(bool, kept["sha256"]))
    return kept


def pair_chunks(folder: Path, found: Record) -> list[Record]:
    """Return the work of reading so many pairs, some dozen a piece."""
    names = ("uris", "pictures", "masks")
    return [
        {
            "folder": str(folder),
            "first": first,
            **{name: found[name][first : first + PAIRS_PER_CHUNK] for name in names},
        }
        for first in range(0, len(found["uris"]), PAIRS_PER_CHUNK)
    ]


def sample_stem(folder: Path, number: int) -> Path:
    """Return where a pair is kept."""
    return folder / f"{number:06d}"


def kept_samples(folder: Path, groups: Sequence[str], digests: Sequence[str]) -> tuple[SlickSample, ...]:
    """Return the pairs that could be read."""
    return tuple(
        SlickSample(stem=sample_stem(folder, number), group=group)
        for number, (group, digest) in enumerate(zip(groups, digests, strict=True))
        if digest
    )


def read_picture(data: bytes, file: str) -> Floats:
    """Return (H, W) float32: dB as stored in a TIFF of floating-point numbers, else the grey values of a picture.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name.
    """
    if file.lower().endswith((".tif", ".tiff")):
        floating = _floating_tiff(data)
        if floating is not None:
            return floating
    rgb = decode_image(data, file=file).array
    return np.asarray(rgb.mean(axis=2), np.float32)


def read_mask(data: bytes, file: str) -> npt.NDArray[np.uint8]:
    """Return (H, W) uint8, 1 where there is oil: above 127, or 1 in a mask of nothing but 0 and 1.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name.
    """
    grey = decode_image(data, file=file).array.max(axis=2)
    return np.asarray(grey > (0 if grey.max(initial=0) <= 1 else OIL_ABOVE), np.uint8)


def _fetch(uri: str, picture: str, mask: str, stem: Path) -> tuple[str, int, float]:
    source = open_source(uri)
    shown, drawn = source.read(picture), source.read(mask)
    seen, oil = read_picture(shown, picture), read_mask(drawn, mask)
    if seen.shape != oil.shape:
        raise BadInput(
            "picture and mask differ in size",
            value=f"{seen.shape[1]} × {seen.shape[0]} px, {oil.shape[1]} × {oil.shape[0]} px",
            remedy="Give the mask of the very picture.",
            file=picture,
            code="mask-size",
        )
    if min(seen.shape) < LEAST_SIDE_PX or not np.isfinite(seen).any():
        raise BadInput(
            "nothing can be learned from this picture",
            value=f"{seen.shape[1]} × {seen.shape[0]} px",
            remedy=f"Give pictures of {LEAST_SIDE_PX} px or more that show the sea.",
            file=picture,
            code="picture-empty",
        )
    keep_sample(stem, seen, oil)
    return (
        sha256(sha256(shown).digest() + sha256(drawn).digest()).hexdigest(),
        len(shown) + len(drawn),
        float(oil.mean()),
    )


def _floating_tiff(data: bytes) -> Floats | None:
    """Return the first band of a TIFF of floating-point numbers; ``None`` where it is none."""
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0]
            if not np.issubdtype(page.dtype or np.uint8, np.floating) or page.ndim != 2 or page.size > MAX_PIXELS:
                return None
            found = np.asarray(page.asarray(), np.float32)
    except (tifffile.TiffFileError, ValueError, IndexError):
        return None
    return np.where(np.isfinite(found), found, np.float32(np.nan))


def _key(name: str) -> tuple[str, bool]:
    """Return what picture and mask of a pair share, and whether this is the mask."""
    path = PurePosixPath(name)
    folders = [part.lower() for part in path.parts[:-1]]
    bare = MASK_NAME.sub("", path.stem)
    is_mask = bare != path.stem or bool(MASK_FOLDERS & set(folders))
    left = [part for part in folders if part not in MASK_FOLDERS | PICTURE_FOLDERS]
    return "/".join([*left, PICTURE_NAME.sub("", bare)]), is_mask


def _put(into: dict[str, tuple[str, int]], key: str, name: str, size: int, issues: list[Issue]) -> None:
    if key in into:
        issues.append(
            Issue(
                file=name,
                code="pair-twice",
                message=f"{name} and {into[key][0]} are called alike: the first is used",
                remedy="Give every pair a name of its own.",
                objects=1,
            )
        )
        return
    into[key] = (name, size)


def _alone(name: str, what: str, other: str) -> Issue:
    return Issue(
        file=name,
        code=f"{what}-alone",
        message=f"This {what} has no {other} and is not used",
        remedy="Name them NAME_sat and NAME_mask, or alike in images/ and masks/.",
        objects=1,
    )
