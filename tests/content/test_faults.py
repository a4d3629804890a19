"""A slip in a file is told so that whoever made it finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.catalog import ContentError, read
from content.suspicion import Scam

GOOD = """\
first:
  title: {vi: a, en: b}
  signs: [{vi: a, en: b}]
  says: [[a], [b]]
  now: [{vi: a, en: b}]
  sources: [playbooks.K1]
  checked: 2026-11-22
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("signs: [{vi: a, en: b}]", "signs:\n  - vi: a: b", "line 4: not valid YAML"),
        ("signs: [{vi: a, en: b}]", "signs:\n  - vi: a: b", "must stand in quotation marks"),
        ("  says", "\tsays", "use spaces, no tabs"),
        ("  says", "   says", "begins too far left or right"),
        ("[[a], [b]]", "[[a], [b]", "is missing"),
        ("  checked: 2026-11-22", '  checked: "2026', "is not closed"),
        ("  says", "  title: x\n  says", "the same name stands twice"),
        ("  checked: 2026-11-22\n", "", "line 1: first: this field is missing: `checked`"),
        ("  now:", "  nwo:", "line 1: first: there is no field called `nwo`"),
        ("now: [", "now: [{vi: a}, ", "now[1]: this field is missing: `en`"),
        ("[[a], [b]]", "[[a], [5]]", "says[2][1]: Expected `str`, got `int`"),
        ("2026-11-22", "22/11/2026", "checked: Invalid RFC3339"),
    ],
)  # fmt: skip
def test_a_slip_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    file = tmp_path / "scams.yml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ContentError) as refused:
        read(file, dict[str, Scam])
    assert told in str(refused.value)


def test_the_sample_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "scams.yml").write_text(GOOD, "utf-8")
    assert read(tmp_path / "scams.yml", dict[str, Scam])["first"].checked.year == 2026
