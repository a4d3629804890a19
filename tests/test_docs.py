"""What the pages say exists: settings, paths, links, targets, commands, topics, decisions."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import msgspec
import pytest

from bot import settings
from bot.__main__ import cli
from content.checks import TOPICS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = ("bot/", "actions/", "nlu/", "content/", "tests/", "docs/", "scripts/", "deploy/", ".ci/")
ONLY_WHERE_IT_RUNS = ("nlu/model",)

_CODE = re.compile(r"^    .*$|`[^`\n]+`", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_NTD = re.compile(r"(?:^|[\s`/])ntd((?: [a-z][a-z-]*)+)")
_MAKE = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]*)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def code_of(page: Path) -> Iterator[str]:
    """What stands in backticks or in an indented block."""
    for found in _CODE.findall(text_of(page)):
        yield found.strip().strip("`")


# --- settings -----------------------------------------------------------------------------------------------


@cache
def setting_names() -> tuple[str, ...]:
    """Asked of `settings.read` itself."""
    asked: list[str] = []

    class Asked(dict[str, str]):
        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            asked.append(key)
            return default

    settings.read(Asked())
    return tuple(asked)


def table_rows(page: str) -> set[str]:
    return set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", text_of(ROOT / page), re.MULTILINE))


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    assert len(setting_names()) == len(msgspec.structs.fields(settings.Settings))
    assert table_rows("docs/operations.md") == set(setting_names())


def test_the_defaults_in_the_table_are_the_defaults() -> None:
    page = text_of(ROOT / "docs/operations.md")
    told = dict(re.findall(r"^\| `([A-Z][A-Z_]+)` \| `([^`]+)` \|", page, re.MULTILINE))
    assert told, "the table has no defaults"
    defaults = settings.read({})
    for setting, value in told.items():
        default = getattr(defaults, setting.removeprefix("NTD_").lower())
        assert value == (",".join(default) if isinstance(default, tuple) else str(default)), setting


@pytest.mark.parametrize("setting", setting_names())
def test_every_setting_has_its_line_in_the_example(setting: str) -> None:
    example = text_of(ROOT / ".env.example")
    assert re.search(rf"^#{setting}=", example, re.MULTILINE)


# --- paths and links ----------------------------------------------------------------------------------------


def paths_of(page: Path) -> set[str]:
    """Paths of ours that a page names in code, without what follows them; `<province>` stands for any."""
    found = set()
    for code in code_of(page):
        for word in re.split(r"[\s,;()'\"]+", code):
            path = word.strip(".:").removeprefix("./")
            if path.startswith(OURS) and not path.startswith(ONLY_WHERE_IT_RUNS):
                found.add(path)
    return found


def exists(path: str) -> bool:
    """A path with `<placeholders>` exists when something fits it, or when its folder can take one more."""
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    if any(ROOT.glob(pattern)):
        return True
    return "*" in Path(pattern).name and any(ROOT.glob(str(Path(pattern).parent)))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paths_that_pages_name_exist(page: Path) -> None:
    assert sorted(path for path in paths_of(page) if not exists(path) and "pets" not in path) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in _LINK.findall(text_of(page)):
        if target.startswith(("http://", "https://", "mailto:")) or not re.search(r"[./#]", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        todo += [(page.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(text_of(page))]
    assert sorted(name(page) for page in set(PAGES) - seen) == []


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert [name(picture) for picture in pictures if picture.stat().st_size > 150_000] == []


# --- commands -----------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_that_pages_name_exist(page: Path) -> None:
    named = {target for code in code_of(page) for target in _MAKE.findall(code)}
    assert named - targets() == set()


def command(words: list[str]) -> bool:
    """The words lead from `ntd` to a command; what follows a command that is no group are its arguments."""
    context = click.Context(cli)
    group: click.Command | None = cli
    for word in words:
        if not isinstance(group, click.Group):
            return True
        group = group.get_command(context, word)
        if group is None:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_pages_name_exist(page: Path) -> None:
    named = {words.strip() for code in code_of(page) for words in _NTD.findall(code)}
    assert sorted(words for words in named if not command(words.split())) == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert command(["db", "check"])
    assert not command(["db", "chekc"])
    assert not command(["broadcast"])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_options_that_pages_name_exist(page: Path) -> None:
    """`ntd officer add ... --agency`: the command knows each option that follows it in the code."""
    unknown = []
    for code in code_of(page):
        for found in _NTD.finditer(code):
            options = re.findall(r"(?<=\s)(--[a-z-]+)", code[found.end() :].split("#")[0])
            known = options_of(found[1].split())
            unknown += [f"ntd{found[1]} {option}" for option in options if option not in known]
    assert unknown == []


def options_of(words: list[str]) -> set[str]:
    context, node = click.Context(cli), cli
    for word in words:
        inner = node.get_command(context, word) if isinstance(node, click.Group) else None
        if inner is None:
            break
        node = inner  # type: ignore[assignment]
    return {"--help", *(opt for param in node.params for opt in param.opts)}


def test_every_command_can_be_imported() -> None:
    from bot.__main__ import _COMMANDS

    for path in _COMMANDS.values():
        module, _, attribute = path.partition(":")
        assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


# --- topics and decisions -----------------------------------------------------------------------------------


def test_every_topic_stands_in_the_routing_page() -> None:
    page = text_of(ROOT / "docs" / "routing.md")
    assert sorted(topic for topic in TOPICS if not re.search(rf"^\| `{topic}` \|", page, re.MULTILINE)) == []


def test_decisions_are_numbered_without_gaps() -> None:
    folder = ROOT / "docs" / "decisions"
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert [path.name[:5] for path in files] == [f"{number:04d}-" for number in range(1, len(files) + 1)]
    for path in files:
        assert text_of(path).startswith(f"# {path.name[:4]}: "), path.name
        assert f"({path.name})" in text_of(folder / "README.md"), path.name


# --- what pages never name ----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_no_machine_s_paths(page: Path) -> None:
    assert re.findall(r"/r[o]ot/|/home/\w+/|/w[o]rk/|/Users/\w+/", text_of(page)) == []
