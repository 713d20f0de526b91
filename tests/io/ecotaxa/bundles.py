"""Small EcoTaxa bundles made on the spot, good but for what is asked to be wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

COLUMNS: Mapping[str, str] = {
    "img_file_name": "[t]",
    "img_rank": "[f]",
    "object_id": "[t]",
    "object_lat": "[f]",
    "object_lon": "[f]",
    "object_date": "[t]",
    "object_time": "[t]",
    "object_annotation_category": "[t]",
    "object_annotation_status": "[t]",
    "object_area": "[f]",
    "object_remark": "[t]",
    "process_id": "[t]",
    "process_pixel": "[t]",
    "acq_id": "[t]",
    "acq_sub_part": "[t]",
    "sample_id": "[t]",
    "sample_tot_vol": "[t]",
}


def row(number: int = 1, sample: str = "s1", **cells: str) -> dict[str, str]:
    """One object; any cell can be given instead."""
    return {
        "img_file_name": f"{sample}_{number}.png",
        "img_rank": "0",
        "object_id": f"{sample}_{number}",
        "object_lat": "43.5",
        "object_lon": "-7.25",
        "object_date": "20240517",
        "object_time": "093000",
        "object_annotation_category": "Copepoda",
        "object_annotation_status": "predicted",
        "object_area": "812",
        "process_id": f"zooprocess_{sample}",
        "process_pixel": "0.0105833333",
        "acq_id": f"tot_{sample}",
        "acq_sub_part": "4",
        "sample_id": sample,
        "sample_tot_vol": "203.5",
        **cells,
    }


def table(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str] = COLUMNS) -> str:
    """The text of a table."""
    lines = ["\t".join(columns), "\t".join(columns.values())]
    lines += ["\t".join(one.get(name, "") for name in columns) for one in rows]
    return "\n".join(lines) + "\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (6, 5)) -> bytes:
    """A small grey image."""
    data = io.BytesIO()
    Image.new("L", size, 120).save(data, kind)
    return data.getvalue()


def files(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str] = COLUMNS) -> dict[str, bytes]:
    """A whole bundle: a table, and the images it names."""
    made = {"ecotaxa_s1.tsv": table(rows, columns).encode("latin-1")}
    return made | {one["img_file_name"]: picture() for one in rows}


def as_folder(folder: Path, content: Mapping[str, bytes]) -> str:
    """Write a bundle into a folder."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(folder)


def as_zip(path: Path, content: Mapping[str, bytes]) -> str:
    """Write a bundle into a zip file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return str(path)
