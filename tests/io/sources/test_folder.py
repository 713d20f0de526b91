from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.sources import fingerprint, open_source
from pelagia.io.sources.folder import belongs_to_run


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def names(uri: object) -> list[str]:
    return [entry.name for entry in open_source(str(uri)).entries()]


def test_files_of_all_subfolders_are_listed_in_the_order_of_their_names(tmp_path: Path) -> None:
    given = ["a/b.png", "a-b.png", "a.png", "B/z.png", "a/c/d.png", "a b/x.png"]
    assert names(write(tmp_path, *given)) == sorted(given)


def test_an_entry_says_size_and_time(tmp_path: Path) -> None:
    write(tmp_path, "one.png")
    os.utime(tmp_path / "one.png", ns=(0, 1_600_000_000_123_456_789))
    (entry,) = open_source(str(tmp_path)).entries()
    assert (entry.size, entry.modified_ns, entry.label) == (7, 1_600_000_000_123_456_789, "")


def test_hidden_files_and_clutter_are_not_listed(tmp_path: Path) -> None:
    write(tmp_path, ".DS_Store", "a/Thumbs.db", "__MACOSX/a.png", ".git/x", "a/desktop.ini", "a/b.png")
    assert names(tmp_path) == ["a/b.png"]


def test_a_listing_goes_on_after_a_name(tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path, "a.png", "b.png", "c.png")))
    assert [entry.name for entry in source.entries(after="a.png")] == ["b.png", "c.png"]


def test_a_read_gives_the_bytes_and_a_stream_likewise(tmp_path: Path) -> None:
    with open_source(str(write(tmp_path, "a/b.png"))) as source:
        assert source.read("a/b.png") == b"a/b.png"
        with source.open("a/b.png") as stream:
            assert stream.read(3) == b"a/b"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "C:/x", "a\0b", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, "secret", "inside/a/x")
    with pytest.raises(BadInput) as told:
        open_source(str(tmp_path / "inside")).read(name)
    assert told.value.code == "name-unsafe"


def test_a_link_out_of_the_folder_is_neither_listed_nor_read_but_told(tmp_path: Path) -> None:
    write(tmp_path, "secret", "inside/a.png")
    (tmp_path / "inside/link.png").symlink_to(tmp_path / "secret")
    (tmp_path / "inside/folder").symlink_to(tmp_path)
    source = open_source(str(tmp_path / "inside"))
    assert [entry.name for entry in source.entries()] == ["a.png"]
    assert [(issue.file, issue.code) for issue in source.issues()] == [
        ("folder", "link-outside"),
        ("link.png", "link-outside"),
    ]
    for name in ("link.png", "folder/secret"):
        with pytest.raises(BadInput, match="leads out"):
            source.read(name)


def test_a_link_inside_the_folder_is_a_file_like_others_and_a_loop_ends(tmp_path: Path) -> None:
    write(tmp_path, "a/x.png")
    (tmp_path / "y.png").symlink_to("a/x.png")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    source = open_source(str(tmp_path))
    assert [entry.name for entry in source.entries()] == ["a/x.png", "y.png"]
    assert source.read("y.png") == b"a/x.png"
    assert source.issues() == ()


def test_a_folder_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "real/a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["a.png"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    source = open_source(str(tmp_path))
    assert list(source.entries()) == []
    with pytest.raises(NotFound):
        source.read("pipe.png")


def test_a_name_that_is_not_unicode_is_told(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")).write_bytes(b"x")
    source = open_source(str(tmp_path))
    assert list(source.entries()) == []
    (issue,) = source.issues()
    assert issue.code == "name-unsafe"
    issue.file.encode()


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    write(tmp_path, "a.png")
    for name in ("b.png", "a.png/c", "d/e.png"):
        with pytest.raises(NotFound) as told:
            open_source(str(tmp_path)).read(name)
        assert told.value.file == name
    with pytest.raises(NotFound, match="no such file or folder"):
        open_source(str(tmp_path / "absent"))


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path, "a.png")))
    assert source.read("a.png", limit_bytes=5) == b"a.png"
    with pytest.raises(BadInput) as told:
        source.read("a.png", limit_bytes=4)
    assert told.value.code == "file-too-large"


def test_a_single_file_is_a_source_of_itself(tmp_path: Path) -> None:
    write(tmp_path, "a.png", "b.png")
    source = open_source(str(tmp_path / "a.png"))
    assert [entry.name for entry in source.entries()] == ["a.png"]
    with pytest.raises(NotFound):
        source.read("b.png")


def test_a_run_file_brings_its_run_and_may_read_images_of_another_name(tmp_path: Path) -> None:
    write(tmp_path, "r1.lst", "r1.ctx", "r1_000001.tif", "r1_b.lst", "r1_b_000001.tif", "cal_image_000001.tif")
    write(tmp_path, "other.tif", "r1_sub/deep.tif")
    source = open_source(str(tmp_path / "r1.lst"))
    assert [entry.name for entry in source.entries()] == ["cal_image_000001.tif", "r1.ctx", "r1.lst", "r1_000001.tif"]
    assert source.read("other.tif") == b"other.tif"
    with pytest.raises(NotFound):
        source.read("r1_sub/deep.tif")


def test_files_belong_to_the_run_with_the_longest_matching_name() -> None:
    runs = ["s.lst", "s_2.lst"]
    assert belongs_to_run("s.lst", runs)("s_1.tif")
    assert not belongs_to_run("s.lst", runs)("s_2_000001.tif")
    assert belongs_to_run("s_2.lst", runs)("s_2_000001.tif")
    assert not belongs_to_run("s_2.lst", runs)("s_1.tif")


def test_addresses_of_files_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a b/x.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert names(f"file://{tmp_path}/a%20b") == names("~/a b") == ["x.png"]


def test_the_fingerprint_changes_with_name_size_and_time_only(tmp_path: Path) -> None:
    write(tmp_path, "a.png")
    first = fingerprint(str(tmp_path))
    assert fingerprint(str(tmp_path)) == first
    os.utime(tmp_path / "a.png", ns=(0, 5))
    second = fingerprint(str(tmp_path))
    write(tmp_path, "b.png")
    assert len({first, second, fingerprint(str(tmp_path))}) == 3


def test_an_address_of_unknown_kind_is_told_without_its_secrets() -> None:
    with pytest.raises(BadInput) as told:
        open_source("ftp://me:hunter2@host/x")
    assert told.value.code == "address-unknown"
    assert "hunter2" not in str(told.value)


def test_many_threads_may_read_at_once(tmp_path: Path) -> None:
    given = [f"{number}.png" for number in range(40)]
    source = open_source(str(write(tmp_path, *given)))
    wrong: list[str] = []

    def check() -> None:
        wrong.extend(name for name in given if source.read(name) != name.encode())

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
