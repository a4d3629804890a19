"""A Rasa project from our training data: our files as they are, and beside each sentence the copies that our
own trainer makes of it, one without diacritics and one with slips of the keyboard.

`python -m scripts.rasa.export [FOLDER]` writes it alone (`make rasa-data`), for a Rasa that runs elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

from content.catalog import load
from nlu.augment import Augmenter
from nlu.pipeline import DATA
from nlu.rasa_format import Example, Mark, read
from nlu.steps.fold import fold
from nlu.train import SEED
from scripts.rasa.environment import FOLDER, ROOT

CONFIG = ROOT / "deploy" / "rasa" / "config.yml"


def export(data: Path, folder: Path, sentences: int | None = None, epochs: int | None = None) -> Path:
    """Write the project `folder` afresh. `sentences` and `epochs` make it small, for trying things out:
    about that many examples, of every intent. Returns the folder. Raises rasa_format.DataError."""
    examples = read(data)
    shutil.rmtree(folder, ignore_errors=True)
    written = folder / "data"
    written.mkdir(parents=True)
    if sentences is None:
        shutil.copytree(data, written / "sentences", ignore=_all_but_yaml)
    else:
        examples = _some(examples, sentences)
        _write(written / "sentences.yml", examples)
    _write(written / "copies.yml", copies(examples))
    config = CONFIG.read_text("utf-8")
    if epochs is not None:
        config = config.replace("epochs: 100", f"epochs: {epochs}")
    (folder / "config.yml").write_text(config, "utf-8")
    return folder


def _all_but_yaml(folder: str, names: list[str]) -> set[str]:
    return {n for n in names if not n.endswith((".yml", ".yaml")) and not (Path(folder) / n).is_dir()}


def _some(examples: Sequence[Example], wanted: int) -> list[Example]:
    """The same share of every intent, one at least, chosen by a hash of the text."""
    by_intent: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda e: hashlib.sha256(e.text.encode()).digest()):
        by_intent.setdefault(example.intent, []).append(example)
    share = wanted / len(examples)
    return [e for own in by_intent.values() for e in own[: max(1, round(share * len(own)))]]


def copies(examples: Iterable[Example]) -> list[Example]:
    """Two at most of each sentence, those that differ from it and from each other: what `nlu.train` makes,
    with the same noise."""
    augmenter = Augmenter(load().abbreviations, Random(SEED))  # noqa: S311 - noise, no secret
    made = []
    for e in examples:
        texts = dict.fromkeys((e.text, augmenter.folded(e.text), augmenter.noisy(e.text)))
        made += [
            Example(text, e.intent, e.urgent, carried(e.text, e.marks, text), e.batch)
            for text in list(texts)[1:]
            if "[" not in text and "\n" not in text
        ]
    return made


def carried(text: str, marks: Sequence[Mark], copy: str) -> tuple[Mark, ...]:
    """Where the entities of `text` stand in `copy`; one of which nothing is left is dropped."""
    if not marks:
        return ()
    starts, ends = _places(text, copy)
    found = []
    for mark in marks:
        start, end = starts[mark.start], ends[mark.end - 1]
        value = copy[start:end]
        start += len(value) - len(value.lstrip())
        if value.strip():
            found.append(Mark(mark.type, start, start + len(value.strip())))
    return tuple(found)


def _places(text: str, copy: str) -> tuple[list[int], list[int]]:
    """For each letter of `text`: where it begins and ends in `copy`. Letters that `copy` has more belong to
    both neighbours: a slip at the edge of a word is a slip of that word."""
    starts, ends = [0] * len(text), [0] * len(text)
    matcher = SequenceMatcher(None, _letters(text), _letters(copy), autojunk=False)
    for kind, start, end, to_start, to_end in matcher.get_opcodes():
        for at in range(start, end):
            starts[at] = starts[at] or min(to_end, to_start + at - start)
            ends[at] = min(to_end, to_start + at - start + 1) if at < end - 1 else to_end
        if kind == "insert" and not any(map(str.isspace, copy[to_start:to_end])):
            if start:
                ends[start - 1] = to_end
            if start < len(text):
                starts[start] = to_start
    return starts, ends


def _letters(text: str) -> list[str]:
    return [fold(char) or char for char in text]


def annotated(text: str, marks: Iterable[Mark]) -> str:
    """`text` in Rasa's writing: "mất [5tr](money)"."""
    out, last = "", 0
    for mark in sorted(marks, key=lambda m: m.start):
        if mark.start >= last:
            out += f"{text[last : mark.start]}[{text[mark.start : mark.end]}]({mark.type})"
            last = mark.end
    return out + text[last:]


def _write(file: Path, examples: Iterable[Example]) -> None:
    by_intent: dict[str, list[str]] = {}
    for e in examples:
        by_intent.setdefault(e.intent, []).append(f"    - {annotated(e.text, e.marks)}\n")
    blocks = (f"- intent: {intent}\n  examples: |\n{''.join(own)}" for intent, own in by_intent.items())
    file.write_text('version: "3.1"\nnlu:\n' + "".join(blocks), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER / "project")
    folder = export(DATA, parser.parse_args().folder.resolve())
    print(f"{folder}: config.yml, and data of {len(read(folder / 'data'))} sentences with their copies")


if __name__ == "__main__":
    main()
