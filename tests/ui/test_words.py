"""Words that reach people on the web: they name no flag of the command line without saying what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pelagia

SOURCE = Path(pelagia.__file__).parent
# What only commands call.
COMMANDS = ("cli", "io/ecotaxa/upload.py")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_what_a_person_on_the_web_may_read_asks_for_no_flag() -> None:
    modules = [path for path in SOURCE.rglob("*.py") if not path.relative_to(SOURCE).as_posix().startswith(COMMANDS)]
    asked = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path in modules
        for line, text in texts(path)
        if FLAG.search(text) and "command line" not in text and not text.startswith("--")
    ]
    assert asked == []
