"""A compiled function is not kept longer than what is compiled into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pelagia.ocean import kernels
from pelagia.ocean.kernels import forget_old_kernels


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a package of two files within another, and functions kept of both."""
    sources = tmp_path / "whole" / "sea"
    sources.mkdir(parents=True)
    (sources / "one.py").write_text("from numba import njit\n")
    (sources / "two.py").write_text("TWO = 2\n")
    keep(sources)
    keep(tmp_path / "whole")
    return sources


def keep(folder: Path) -> Path:
    index = folder / "__pycache__" / "one.step-1.py311.nbi"
    index.parent.mkdir(exist_ok=True)
    index.write_bytes(b"kept")
    return index


def test_functions_are_kept_while_no_source_changes(package: Path) -> None:
    forget_old_kernels(package, package.parent)
    index = keep(package)
    assert not forget_old_kernels(package, package.parent)
    assert index.is_file()


def test_a_change_of_any_source_makes_all_functions_anew(package: Path) -> None:
    forget_old_kernels(package, package.parent)
    indices = [keep(package), keep(package.parent)]
    (package / "two.py").write_text("TWO = 3\n")
    assert forget_old_kernels(package, package.parent)
    assert not any(index.exists() for index in indices)
    assert not forget_old_kernels(package, package.parent)


def test_files_of_a_folder_without_any_compiled_function_do_not_count(package: Path) -> None:
    forget_old_kernels(package, package.parent)
    index = keep(package)
    (package / "aside").mkdir()
    (package / "aside" / "three.py").write_text("THREE = 3\n")
    assert not forget_old_kernels(package, package.parent)
    assert index.is_file()


def test_what_was_kept_before_there_was_a_stamp_is_forgotten(package: Path) -> None:
    index = keep(package)
    assert forget_old_kernels(package, package.parent)
    assert not index.exists()


def test_where_nothing_can_be_written_the_program_goes_on(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refused)
    assert forget_old_kernels(package, package.parent)
    assert not (package / "__pycache__" / kernels.STAMP).exists()
