"""The rules of the house that neither imports nor types can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "actions", "nlu", "content")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
VIETNAMESE = re.compile(
    r"[ăâđêôơưĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}\s+[^\W\d_]{2,}")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def docstrings(tree: ast.AST) -> set[int]:
    """Positions of string expressions: docstrings of modules, classes, functions and attributes."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def literals(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    told = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_users_read_does_not_stand_in_code(path: Path) -> None:
    """A sentence for users is content: no string literal holds three Vietnamese words in a row."""
    found = [
        (line, text) for line, text in literals(path) if VIETNAMESE.search(text) and _SENTENCE.search(text)
    ]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_are_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.count("\n") <= LONGEST_MODULE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno <= LONGEST_FUNCTION, node.name


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    allowed = {"bot/settings.py"}
    reads = re.search(r"os\.(environ|getenv)", path.read_text("utf-8"))
    assert reads is None or name(path) in allowed


def test_only_the_unit_of_work_commits_the_product_s_connections() -> None:
    """`.commit()` is called on units of work; on a connection only by the database and migration modules."""
    allowed = {"bot/storage/database.py", "bot/storage/migrate.py", "bot/storage/migrations/env.py"}
    offenders = [
        f"{name(path)}: {found}"
        for path in MODULES
        for found in re.findall(r"(\w+)\.commit\(\)", path.read_text("utf-8"))
        if found not in ("uow",) and name(path) not in allowed
    ]
    assert offenders == []


def test_no_module_is_called_utils() -> None:
    assert [
        name(path) for path in MODULES if path.stem in ("utils", "helpers", "common", "misc", "core")
    ] == []


def test_nothing_unfinished() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX|NotImplementedError)\b")
    assert [name(path) for path in MODULES if marks.search(path.read_text("utf-8"))] == []
