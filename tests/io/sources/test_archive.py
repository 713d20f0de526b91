from __future__ import annotations

import io
import multiprocessing
import stat
import struct
import threading
import zipfile
from pathlib import Path

import pytest

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.sources import archive, fingerprint, open_source


def pack(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return str(path)


def names(uri: str) -> list[str]:
    return [entry.name for entry in open_source(uri).entries()]


def codes(uri: str) -> list[tuple[str, str]]:
    return [(issue.file, issue.code) for issue in open_source(uri).issues()]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_files_are_listed_by_name_and_read(tmp_path: Path, method: int) -> None:
    uri = pack(tmp_path / "a.zip", {"b/2.png": b"two", "a.png": b"one", "b/1.png": b"three"}, method)
    source = open_source(uri)
    assert names(uri) == ["a.png", "b/1.png", "b/2.png"]
    assert [entry.size for entry in source.entries()] == [3, 5, 3]
    assert source.read("b/2.png") == b"two"
    with source.open("b/1.png") as stream:
        assert stream.read() == b"three"
    assert [entry.name for entry in source.entries(after="b/1.png")] == ["b/2.png"]
    with pytest.raises(NotFound):
        source.read("c.png")


def test_an_archive_is_known_by_its_content_too(tmp_path: Path) -> None:
    pack(tmp_path / "export.dat", {"a.png": b"one"})
    assert names(str(tmp_path / "export.dat")) == ["a.png"]


def test_clutter_is_not_listed(tmp_path: Path) -> None:
    uri = pack(tmp_path / "a.zip", {"__MACOSX/._a.png": b"", "x/Thumbs.db": b"", ".x": b"", "a.png": b"1", "dir/": b""})
    assert names(uri) == ["a.png"]
    assert codes(uri) == []


@pytest.mark.parametrize("name", ["../up.png", "/abs.png", "a/../../up.png", "C:\\abs.png", "..\\up.png"])
def test_names_that_lead_out_are_left_out_and_told(tmp_path: Path, name: str) -> None:
    uri = pack(tmp_path / "a.zip", {name: b"bad", "good.png": b"1"})
    assert names(uri) == ["good.png"]
    ((_, code),) = codes(uri)
    assert code == "name-unsafe"
    with pytest.raises(BadInput):
        open_source(uri).read(name.replace("\\", "/"))


def test_backslashes_of_other_systems_are_folders(tmp_path: Path) -> None:
    assert names(pack(tmp_path / "a.zip", {"Acartia\\1.png": b"1"})) == ["Acartia/1.png"]


def test_names_in_utf8_are_understood_without_the_flag_that_says_so(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("caf_e.png", b"1")
    raw = data.getvalue().replace(b"caf_e", "café".encode())
    (tmp_path / "a.zip").write_bytes(raw)
    uri = str(tmp_path / "a.zip")
    assert names(uri) == ["café.png"]
    assert open_source(uri).read("café.png") == b"1"


def test_links_are_left_out_and_told(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(link, b"/etc/passwd")
    assert codes(str(tmp_path / "a.zip")) == [("link.png", "zip-link")]
    assert names(str(tmp_path / "a.zip")) == []


def test_archives_inside_archives_and_doubled_names_are_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("inner.ZIP", b"PK")
        packed.writestr("a.png", b"1")
        packed.writestr("a.png", b"2")
    uri = str(tmp_path / "a.zip")
    assert codes(uri) == [("a.png", "zip-duplicate-name"), ("a.png", "zip-duplicate-name"), ("inner.ZIP", "zip-nested")]
    assert names(uri) == []


def patched(tmp_path: Path, offset: int, value: bytes, data: bytes = b"one") -> str:
    """An archive of a.png in which both headers have ``value`` written at a place of the central one."""
    raw = bytearray(Path(pack(tmp_path / "a.zip", {"a.png": data})).read_bytes())
    central = raw.index(b"PK\x01\x02")
    raw[central + offset : central + offset + len(value)] = value
    if offset < 28:
        raw[offset - 2 : offset - 2 + len(value)] = value
    (tmp_path / "a.zip").write_bytes(raw)
    return str(tmp_path / "a.zip")


def test_encrypted_files_are_told(tmp_path: Path) -> None:
    assert codes(patched(tmp_path, 8, b"\x01\x00")) == [("a.png", "zip-encrypted")]


def test_unknown_packing_methods_are_told(tmp_path: Path) -> None:
    assert codes(patched(tmp_path, 10, b"\x63\x00")) == [("a.png", "zip-method")]


@pytest.mark.parametrize("stated", [2, 500])
def test_a_header_that_lies_about_the_size_is_detected(tmp_path: Path, stated: int) -> None:
    uri = patched(tmp_path, 24, struct.pack("<I", stated), data=b"x" * 100)
    source = open_source(uri)
    for read in (source.read, lambda name: source.open(name).read(), lambda name: source.open(name).readlines()):
        with pytest.raises(BadInput) as told:
            read("a.png")
        assert told.value.code == "zip-damaged"
        assert told.value.file == "a.png"


def test_damaged_content_is_detected(tmp_path: Path) -> None:
    path = Path(pack(tmp_path / "a.zip", {"a.png": bytes(range(256))}, zipfile.ZIP_STORED))
    raw = bytearray(path.read_bytes())
    raw[100] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(BadInput) as told:
        open_source(str(path)).read("a.png")
    assert told.value.code == "zip-damaged"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no end", b"nothing like it"])
def test_what_is_no_whole_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadInput) as told:
        open_source(str(tmp_path / "a.zip"))
    assert told.value.code == "zip-damaged"


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    path = Path(pack(tmp_path / "a.zip", {"a.png": b"1" * 1000}))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadInput) as told:
        open_source(str(path))
    assert told.value.code == "zip-damaged"


def test_a_file_that_grows_beyond_reason_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FREE_BYTES", 100_000)
    uri = pack(tmp_path / "a.zip", {"bomb.tif": bytes(1_000_000), "blank.tif": bytes(90_000)})
    assert codes(uri) == [("bomb.tif", "zip-bomb")]
    assert len(open_source(uri).read("blank.tif")) == 90_000


@pytest.mark.parametrize(("limit", "value"), [("MAX_ENTRIES", 2), ("MAX_TOTAL_BYTES", 20), ("MAX_DIRECTORY_BYTES", 90)])
def test_an_archive_above_a_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    uri = pack(tmp_path / "a.zip", {f"{number}.png": b"x" * 10 for number in range(3)})
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(BadInput) as told:
        open_source(uri)
    assert told.value.code == "zip-bomb"
    assert told.value.remedy


def test_an_archive_that_grows_beyond_reason_as_a_whole_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "RATIO_FREE_BYTES", 10_000)
    uri = pack(tmp_path / "a.zip", {f"{number}.tif": bytes(9_999) for number in range(40)})
    monkeypatch.setattr(archive, "MAX_RATIO", 20)
    with pytest.raises(BadInput) as told:
        open_source(uri)
    assert told.value.code == "zip-bomb"


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = Path(pack(tmp_path / "a.zip", {"a.png": b"x" * 5000}, zipfile.ZIP_STORED))
    raw = path.read_bytes()
    central, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entry = raw[central:end]
    twice = raw[:central] + entry + entry.replace(b"a.png", b"b.png")
    tail = bytearray(raw[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, 2 * len(entry))
    path.write_bytes(twice + bytes(tail))
    with pytest.raises(BadInput) as told:
        open_source(str(path))
    assert told.value.code == "zip-bomb"


def test_a_read_is_limited(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        open_source(pack(tmp_path / "a.zip", {"a.png": b"12345"})).read("a.png", limit_bytes=4)
    assert told.value.code == "file-too-large"


def test_a_replaced_archive_is_opened_anew(tmp_path: Path) -> None:
    uri = pack(tmp_path / "a.zip", {"a.png": b"1"})
    first = fingerprint(uri)
    pack(tmp_path / "b.zip", {"b.png": b"22"})
    (tmp_path / "b.zip").replace(tmp_path / "a.zip")
    assert names(uri) == ["b.png"]
    assert fingerprint(uri) != first


def test_the_fingerprint_of_an_archive_does_not_depend_on_where_it_stands(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.png", (2024, 5, 6, 7, 8, 10))
    for name in ("a.zip", "b.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr(info, b"1")
    assert fingerprint(str(tmp_path / "a.zip")) == fingerprint(str(tmp_path / "b.zip"))


FILES = {f"{number}.png": bytes([number]) * (2000 + number) for number in range(50)}


def all_right(uri: str) -> bool:
    source = open_source(uri)
    return all(source.read(name) == data for name, data in FILES.items())


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_threads_and_forked_processes_read_the_right_bytes(tmp_path: Path) -> None:
    uri = pack(tmp_path / "a.zip", FILES)
    assert all_right(uri)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(all_right, [uri] * 4) == [True] * 4
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(all_right(uri))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4
