"""Uploads over HTTP: whole, in batches, in parts; what is refused, and that it leaves nothing behind."""

from __future__ import annotations

import base64
import io
import stat
import struct
import zipfile
import zlib
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import Installation, upload

from pelagia.runtime.upload_folder import incoming_folder

PART = {"Content-Type": "application/offset+octet-stream"}


def png(columns: int = 2, rows: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(min(columns, 4)) for _ in range(min(rows, 4))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def with_entry(name: str, mode: int = 0, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content)
        archive.writestr("fine.txt", b"fine")
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.bin", "w") as entry:
        for _ in range(80):
            entry.write(bytes(1 << 20))
    return buffer.getvalue()


def encrypted() -> bytes:
    plain = bytearray(zipped(**{"secret.txt": b"secret"}))
    plain[6] |= 1
    plain[plain.find(b"PK\x01\x02") + 8] |= 1
    return bytes(plain)


@pytest.fixture
def here(visitor: TestClient) -> str:
    upload_id = visitor.post("/v1/uploads", json={"name": "run"}).json()["id"]
    return f"/v1/uploads/{upload_id}"


def paths(client: TestClient, here: str) -> list[str]:
    return [file["path"] for file in client.get(f"{here}/files").json()["items"]]


def test_a_whole_file_takes_its_place_with_its_checksum(installation: Installation, visitor: TestClient, here: str):
    answer = visitor.put(f"{here}/files/run 1/ä.txt", content=b"hello")

    assert answer.status_code == 201
    assert answer.json()["sha256"] == sha256(b"hello").hexdigest()
    upload_id = here.rpartition("/")[2]
    assert (installation.settings.upload_folder(upload_id) / "run 1" / "ä.txt").read_bytes() == b"hello"
    assert visitor.get(here).json()["bytes"] == 5


def test_a_file_whose_checksum_differs_is_refused(visitor: TestClient, here: str):
    answer = visitor.put(f"{here}/files/a.txt", content=b"hello", headers={"Content-SHA256": "0" * 64})

    assert (answer.status_code, answer.json()["code"]) == (422, "checksum-differs")
    assert paths(visitor, here) == []


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/a.txt",
        "a/%2e%2e/%2e%2e/b.txt",
        "%2Fetc/passwd",
        "a%5Cb.txt",
        "a%1Bb.txt",
        "C:/a.txt",
        "nul.txt",
        "dir/COM1",
        "a//b.txt",
        "a./b.txt",
        "x" * 256,
        "/".join(["d"] * 40),
        "a%E2%80%AEgpj.exe",
    ],
)
def test_a_name_that_could_lead_out_or_trip_a_system_is_refused(visitor: TestClient, here: str, path: str):
    answer = visitor.put(f"{here}/files/{path}", content=b"x")

    assert (answer.status_code, answer.json()["code"]) == (422, "path-unsafe")
    assert paths(visitor, here) == []


def test_names_are_composed_so_that_two_spellings_are_one_file(visitor: TestClient, here: str):
    assert visitor.put(f"{here}/files/a%CC%88.txt", content=b"x").json()["path"] == "ä.txt"
    again = visitor.put(f"{here}/files/%C3%A4.txt", content=b"y")
    assert (again.status_code, again.json()["code"]) == (409, "name-taken")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.tif", b"<html>", "content-differs"),
        ("a.jpg", png(), "content-differs"),
        ("a.png", b"MZ\x90\0", "content-differs"),
        ("a.csv", b"a,b\0", "content-differs"),
        ("a.zip", b"PK\x03\x04 no archive", "zip-damaged"),
        ("a.zip", b"hello", "content-differs"),
        ("a.dat", b"7z\xbc\xaf\x27\x1c", "archive-kind"),
        ("a.tgz", b"\x1f\x8b\x08", "archive-kind"),
        ("a.zip", with_entry("../out.txt"), "name-unsafe"),
        ("a.zip", with_entry("link", stat.S_IFLNK | 0o777, b"/etc/passwd"), "zip-link"),
        ("a.zip", bomb(), "zip-bomb"),
        ("renamed.bin", bomb(), "zip-bomb"),
        ("a.zip", encrypted(), "zip-encrypted"),
        ("a.zip", zipped(**{"inner.zip": zipped(a=b"a")}), "zip-nested"),
        ("a.png", png(100_000, 100_000), "image-bomb"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_gone(
    installation: Installation, visitor: TestClient, here: str, name: str, content: bytes, code: str
):
    answer = visitor.put(f"{here}/files/{name}", content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["remedy"]
    assert paths(visitor, here) == []
    assert list(incoming_folder(installation.settings).iterdir()) == []


def test_an_archive_with_some_useless_files_is_kept_and_says_so(visitor: TestClient, here: str):
    answer = visitor.put(f"{here}/files/a.zip", content=zipped(**{"run__a.txt": b"a", "inner.zip": zipped(b=b"b")}))

    assert answer.status_code == 201
    assert [finding["code"] for finding in answer.json()["findings"]] == ["zip-nested"]


def test_a_cut_off_image_is_kept_and_told(visitor: TestClient, here: str):
    answer = visitor.put(f"{here}/files/a.png", content=png()[:40])

    assert answer.status_code == 201
    assert [finding["code"] for finding in answer.json()["findings"]] == ["image-truncated"]


def test_a_batch_keeps_the_good_files_and_tells_of_the_others(visitor: TestClient, here: str):
    files = [
        ("files", ("run/a.txt", b"a")),
        ("files", ("run/b.tif", b"no tiff")),
        ("files", ("../c.txt", b"c")),
        ("files", ("run/ü.png", png())),
        ("files", ("run/a.txt", b"again")),
    ]
    answer = visitor.post(f"{here}/batch", files=files)

    assert answer.status_code == 200
    assert answer.json()["files"] == ["run/a.txt", "run/ü.png"]
    codes = [finding["code"] for finding in answer.json()["refused"]]
    assert codes == ["content-differs", "path-unsafe", "name-taken"]
    assert paths(visitor, here) == ["run/a.txt", "run/ü.png"]


def test_a_batch_of_a_thousand_files_arrives(visitor: TestClient, here: str):
    files = [("files", (f"run/{number:04}.txt", b"%d" % number)) for number in range(1000)]

    assert len(visitor.post(f"{here}/batch", files=files).json()["files"]) == 1000
    assert visitor.get(here).json()["files"] == 1000


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("multipart/form-data", b"x", 415),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx", 400),
        ("multipart/form-data; boundary=b", b"nonsense", 400),
    ],
)
def test_a_damaged_batch_is_refused_whole(
    installation: Installation, visitor: TestClient, here: str, content_type: str, body: bytes, status: int
):
    answer = visitor.post(f"{here}/batch", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == status
    assert paths(visitor, here) == []
    assert list(incoming_folder(installation.settings).iterdir()) == []


def announce(client: TestClient, here: str, path: str, content: bytes, **more: str) -> str:
    answer = client.post(f"{here}/files", json={"path": path, "bytes": len(content), **more})
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def send(client: TestClient, place: str, offset: int, part: bytes):
    return client.patch(place, content=part, headers={**PART, "Upload-Offset": str(offset)})


def test_a_file_sent_in_parts_goes_on_where_it_stopped(visitor: TestClient, here: str):
    content = bytes(range(256)) * 100
    place = announce(visitor, here, "big.bin", content, sha256=sha256(content).hexdigest())

    assert send(visitor, place, 0, content[:10_000]).headers["Upload-Offset"] == "10000"
    assert visitor.head(place).headers["Upload-Offset"] == "10000"
    assert announce(visitor, here, "big.bin", content) == place
    assert visitor.get(here).json()["files"] == 0
    last = send(visitor, place, 10_000, content[10_000:])

    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "25600")
    assert visitor.get(f"{here}/files/big.bin").content == content


def test_parts_at_a_wrong_place_are_refused(visitor: TestClient, here: str):
    place = announce(visitor, here, "a.bin", b"0123456789")
    send(visitor, place, 0, b"01234")

    for offset in (0, 4, 6):
        answer = send(visitor, place, offset, b"5")
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong-offset")
    assert (send(visitor, place, 5, b"567890").status_code, visitor.head(place).headers["Upload-Offset"]) == (413, "5")


def test_a_refused_file_of_parts_is_gone(installation: Installation, visitor: TestClient, here: str):
    before = set(incoming_folder(installation.settings).iterdir())
    place = announce(visitor, here, "a.tif", b"0123456789")
    answer = send(visitor, place, 0, b"0123456789")

    assert (answer.status_code, answer.json()["code"]) == (422, "content-differs")
    assert visitor.head(place).status_code == 404
    assert set(incoming_folder(installation.settings).iterdir()) == before


def test_an_empty_file_is_there_at_once(visitor: TestClient, here: str):
    announce(visitor, here, "empty.txt", b"")

    assert visitor.get(f"{here}/files/empty.txt").content == b""


def test_a_tus_client_is_understood(visitor: TestClient, here: str):
    named = base64.b64encode(b"run/a.bin").decode()
    known = visitor.options(f"{here}/files")
    made = visitor.post(
        f"{here}/files",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "4",
            "Upload-Metadata": f"filename {base64.b64encode(b'a.bin').decode()},relativePath {named},empty",
        },
    )
    sent = visitor.patch(
        made.headers["Location"], content=b"abcd", headers={**PART, "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    )

    assert known.headers["Tus-Version"] == "1.0.0"
    assert "creation" in known.headers["Tus-Extension"]
    assert (made.status_code, sent.status_code, sent.headers["Tus-Resumable"]) == (201, 204, "1.0.0")
    assert visitor.get(f"{here}/files/run/a.bin").content == b"abcd"
    other_version = visitor.head(made.headers["Location"], headers={"Tus-Resumable": "0.2.2"})
    assert other_version.status_code == 412


def test_a_tus_client_may_send_the_file_as_it_announces_it(visitor: TestClient, here: str):
    metadata = f"filename {base64.b64encode(b'a.bin').decode()}"
    headers = {**PART, "Upload-Length": "4", "Upload-Metadata": metadata}
    made = visitor.post(f"{here}/files", content=b"ab", headers=headers)

    assert made.headers["Upload-Offset"] == "2"
    assert send(visitor, made.headers["Location"], 2, b"cd").status_code == 204


def test_uploads_of_others_are_not_there(installation: Installation, visitor: TestClient, other: TestClient, here: str):
    visitor.put(f"{here}/files/a.txt", content=b"a")
    place = announce(visitor, here, "b.bin", b"01")

    for answer in (
        other.get(here),
        other.get(f"{here}/files"),
        other.get(f"{here}/files/a.txt"),
        other.put(f"{here}/files/c.txt", content=b"c"),
        other.post(f"{here}/batch", files=[("files", ("c.txt", b"c"))]),
        other.post(f"{here}/files", json={"path": "c.txt", "bytes": 1}),
        send(other, place, 0, b"0"),
        other.delete(f"{here}/files/a.txt"),
        other.delete(here),
        installation.account("curious").get(here),
    ):
        assert answer.status_code == 404
    assert other.head(place).status_code == 404
    assert [one["id"] for one in other.get("/v1/uploads").json()["items"]] == []
    assert installation.account("root", is_admin=True).get(here).status_code == 200


def test_a_token_that_may_only_look_uploads_nothing(installation: Installation):
    client = installation.account("looker", scopes=("read",))

    answer = client.post("/v1/uploads", json={})
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


def test_files_and_uploads_are_deleted(installation: Installation, visitor: TestClient, here: str):
    visitor.put(f"{here}/files/run/a.txt", content=b"a")
    visitor.put(f"{here}/files/b.txt", content=b"b")
    folder = installation.settings.upload_folder(here.rpartition("/")[2])

    assert visitor.delete(f"{here}/files/run/a.txt").status_code == 204
    assert [path.name for path in folder.iterdir()] == ["b.txt"]
    assert visitor.delete(here).status_code == 204
    assert not folder.exists()
    assert visitor.get(here).status_code == 404


def test_a_file_and_a_folder_cannot_have_the_same_name(visitor: TestClient, here: str):
    visitor.put(f"{here}/files/a", content=b"a")

    answer = visitor.put(f"{here}/files/a/b.txt", content=b"b")
    assert (answer.status_code, answer.json()["code"]) == (409, "name-taken")
    assert paths(visitor, here) == ["a"]


def test_files_are_served_so_that_they_can_do_no_harm(visitor: TestClient, here: str):
    visitor.put(f"{here}/files/evil.html", content=b"<script>alert(1)</script>")
    visitor.put(f"{here}/files/run.lst", content=b"x")

    page = visitor.get(f"{here}/files/evil.html")
    assert page.headers["Content-Security-Policy"].startswith("sandbox;")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    other_file = visitor.get(f"{here}/files/run.lst")
    assert other_file.headers["Content-Type"] == "application/octet-stream"
    assert other_file.headers["Content-Disposition"].startswith("attachment")


def test_parts_of_a_file_can_be_asked_for(visitor: TestClient, here: str):
    visitor.put(f"{here}/files/a.bin", content=b"0123456789")
    place = f"{here}/files/a.bin"

    whole = visitor.get(place)
    part = visitor.get(place, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert visitor.get(place, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    stale = visitor.get(place, headers={"Range": "bytes=2-4", "If-Range": '"old"'})
    assert (stale.status_code, stale.content) == (200, b"0123456789")
    too_far = visitor.get(place, headers={"Range": "bytes=20-"})
    assert (too_far.status_code, too_far.json()["code"]) == (416, "range-not-satisfiable")
    assert visitor.get(place, headers={"Range": "lines=1"}).status_code == 400


def test_long_lists_come_in_pages(visitor: TestClient):
    upload_id = upload(visitor, {f"{name}.txt": b"x" for name in "abcde"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = visitor.get(f"/v1/uploads/{upload_id}/files", params={"limit": 2, "cursor": cursor}).json()
        seen += [file["path"] for file in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]
    assert visitor.get("/v1/uploads", params={"cursor": "nonsense"}).status_code == 422
