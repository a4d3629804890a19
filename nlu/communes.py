"""A commune by what somebody calls it: code, name of today, or name before July 2025."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from content.catalog import Catalog
from nlu.steps.fold import fold
from nlu.steps.normalise import spell

_KIND = re.compile(r"^(xa|x|phuong|p|thi tran|tt|huyen|h|quan|q|thi xa|tx|thanh pho|tp)\b[ .]*")


class UnknownCommuneError(ValueError):
    """The name fits no commune of ours, or several; `candidates` are what it may mean (perhaps none)."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        self.name = name
        self.candidates = candidates
        super().__init__(name)


def commune_code(catalog: Catalog, name: str, province: str) -> str:
    """The code of the commune meant, looked for in `province` first. Raises UnknownCommuneError.

    "Tân Tiến, Văn Giang" tells an old commune from others of its name by its old district.
    """
    if name.strip() in catalog.commune_by_code:
        return name.strip()
    wanted, _, district = (part.strip() for part in name.partition(","))
    elsewhere = [other for other in catalog.provinces if other != province]
    for provinces in ([province], elsewhere):
        for find in (_named_today, _named_before):
            found = [hit for id_ in provinces for hit in find(catalog, id_, wanted, _bare(district))]
            codes = _as_spelt(found, wanted)
            if len(codes) == 1:
                return codes[0]
            if codes:
                raise UnknownCommuneError(name, tuple(_label(catalog, code) for code in codes))
    raise UnknownCommuneError(name, _close(catalog, wanted))


Hit = tuple[str, str]
"""The code of a commune of today and the name, of today or before, under which it was found."""


def _named_today(catalog: Catalog, province: str, name: str, district: str) -> list[Hit]:
    """An old district's name says that an old commune is meant, so it rules out those of today."""
    communes = () if district else catalog.provinces[province].communes
    return [(commune.code, commune.name) for commune in communes if _same(name, commune.name)]


def _named_before(catalog: Catalog, province: str, name: str, district: str) -> list[Hit]:
    return [
        (commune.code, old.name)
        for commune in catalog.provinces[province].communes
        for old in commune.formed_from
        if _same(name, old.name) and (not district or _bare(old.district) == district)
    ]


def _as_spelt(found: list[Hit], wanted: str) -> list[str]:
    """Văn Lang and Văn Lăng are two communes: diacritics decide where they were written."""
    exact = [code for code, name in found if spell(name).endswith(spell(wanted))]
    return list(dict.fromkeys(exact or [code for code, _ in found]))


def _same(wanted: str, name: str) -> bool:
    """Gia Sàng and P. Gia Sàng name the ward; xã Gia Sàng does not."""
    kind, own = _kind(wanted), _kind(name)
    return _bare(wanted) == _bare(name) and kind in {"", own}


def _kind(name: str) -> str:
    found = _KIND.match(_folded(name))
    short = found.group(1) if found else ""
    return {"x": "xa", "p": "phuong", "tt": "thi tran"}.get(short, short)


def _bare(name: str) -> str:
    return _KIND.sub("", _folded(name), count=1)


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return " ".join(fold(name).replace("-", " ").split())


def _close(catalog: Catalog, name: str) -> tuple[str, ...]:
    names = {_bare(commune.name): code for code, (_, commune) in catalog.commune_by_code.items()}
    return tuple(_label(catalog, names[near]) for near in difflib.get_close_matches(_bare(name), names, n=3))


def _label(catalog: Catalog, code: str) -> str:
    province, commune = catalog.commune_by_code[code]
    return f"{commune.name} ({code}, {catalog.provinces[province].province.name.vi})"
