"""Build the packaged list of taxa from the name lists of Nordic Microalgae.

Usage: ``python tools/make_taxonomy.py FOLDER`` where FOLDER holds ``taxa.txt`` and ``synonyms.txt`` of
https://github.com/nordicmicroalgae/content (MIT; names and AphiaIDs from WoRMS, CC BY 4.0) and, beside it or by
``--vocabularies``, the NERC extracts ``p01_subset.csv``, ``p06_units.csv``, ``l22_s10_s11.csv``. Writes
``taxa.parquet`` and ``terms.csv`` into the package.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "pelagia" / "exports"
TERMS = PACKAGE / "darwin_core" / "terms.py"
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("aphia_id", pa.int32()),
        ("rank", pa.dictionary(pa.int8(), pa.string())),
        ("status", pa.dictionary(pa.int8(), pa.string())),
        ("valid_aphia_id", pa.int32()),
        ("parent_aphia_id", pa.int32()),
        ("kingdom", pa.dictionary(pa.int8(), pa.string())),
        ("authority", pa.string()),
    ]
)


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file as dictionaries of text."""
    options = pacsv.ParseOptions(delimiter="\t", quote_char=False)
    header = path.open(encoding="utf-8").readline().rstrip("\n").split("\t")
    convert = pacsv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)
    return pacsv.read_csv(path, parse_options=options, convert_options=convert).to_pylist()


def integer(text: str) -> int | None:
    """Return a number, or nothing for empty text."""
    return int(text) if text.strip() else None


def taxon_rows(taxa: list[dict[str, str]], synonyms: list[dict[str, str]]) -> list[dict[str, object]]:
    """Return one row a name: the listed taxa, then the synonyms, which have no AphiaID of their own here."""
    rows: list[dict[str, object]] = [
        {
            "name": row["scientific_name"],
            "aphia_id": integer(row["taxon_id"]),
            "rank": row["rank"],
            "status": row["status"],
            "valid_aphia_id": integer(row["valid_aphia_id"]),
            "parent_aphia_id": integer(row["parent_id"]),
            "kingdom": row["kingdom"] or None,
            "authority": row["authority"] or None,
        }
        for row in taxa
    ]
    known = {row["name"] for row in rows}
    rows += [
        {"name": row["synonym_name"], "status": "synonym", "valid_aphia_id": integer(row["taxon_id"])}
        for row in synonyms
        if row["synonym_name"] not in known
    ]
    return sorted(rows, key=lambda row: (row["name"], row.get("aphia_id") or 0, row["valid_aphia_id"] or 0))


def used_codes() -> dict[str, list[str]]:
    """Return the vocabulary codes the Darwin Core exporter uses, by collection."""
    spec = importlib.util.spec_from_file_location("terms", TERMS)
    if spec is None or spec.loader is None:
        raise SystemExit(f"cannot read {TERMS}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.USED_CODES


def term_rows(folder: Path) -> list[tuple[str, str, str]]:
    """Return collection, code and preferred label of every used term; an unknown or deprecated one is an error."""
    labels: dict[tuple[str, str], tuple[str, str]] = {}
    for name in ("p01_subset.csv", "p06_units.csv", "l22_s10_s11.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                collection, code = row["uri"].rstrip("/").split("/collection/")[1].split("/current/")
                labels[collection, code] = (row["preflabel"], row["deprecated"])
    rows = []
    for collection, codes in sorted(used_codes().items()):
        for code in sorted(codes):
            label, deprecated = labels[collection, code]
            if deprecated != "false":
                raise SystemExit(f"{collection} {code} is deprecated: {label}")
            rows.append((collection, code, label))
    return rows


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("taxonomy", type=Path)
    parser.add_argument("--vocabularies", type=Path, default=None)
    chosen = parser.parse_args()
    reference = PACKAGE / "reference"
    rows = taxon_rows(read_tsv(chosen.taxonomy / "taxa.txt"), read_tsv(chosen.taxonomy / "synonyms.txt"))
    pq.write_table(
        pa.Table.from_pylist(rows, schema=SCHEMA),
        reference / "taxa.parquet",
        compression="zstd",
        compression_level=19,
    )
    vocabularies = chosen.vocabularies or chosen.taxonomy.parent / "vocabularies"
    with (reference / "terms.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("collection", "code", "label"))
        writer.writerows(term_rows(vocabularies))


if __name__ == "__main__":
    main()
