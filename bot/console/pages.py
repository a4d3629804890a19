"""Templates and static files, read once."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.console import shown
from content.catalog import Catalog

FOLDER = Path(__file__).parent
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(msgspec.Struct, frozen=True):
    content_type: str
    data: bytes


class Pages:
    """`render` fills a template; the addresses of static files change with their content."""

    def __init__(self, catalog: Catalog, plan_numbers: dict[str, str]) -> None:
        self._assets = _read_assets(FOLDER / "static")
        self.version = _version(self._assets)
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "static": f"/console/static/{self.version}",
            "has_asset": self._assets.__contains__,
            "catalog": catalog,
            "plan_numbers": plan_numbers,
        }
        self._environment.globals |= {
            "topic_title": lambda topic: shown.topic(catalog, topic),
            "agency_name": lambda row: shown.agency(catalog, row),
            "officer_place": shown.as_part,
            "agency_short": lambda province, agency: shown.agency_short(catalog, province, agency),
            "commune_name": lambda code: shown.commune(catalog, code),
            "why_stuck": lambda reason: shown.why_stuck(catalog, reason),
            "slot_label": lambda slot: shown.label(catalog, slot),
            "slot_value": lambda slot, value: shown.value(catalog, slot, value),
        }
        self._environment.filters |= {
            "moment": shown.moment,
            "clock": shown.clock,
            "day": shown.day,
            "masked": shown.masked,
            "dotted": shown.dotted,
        }
        self._environment.globals |= {
            "days_between": shown.days_between,
            "hours_between": shown.hours_between,
        }

    def render(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(**values)

    def asset(self, name: str) -> Asset | None:
        return self._assets.get(name)


def _read_assets(folder: Path) -> dict[str, Asset]:
    return {
        path.relative_to(folder).as_posix(): Asset(
            _TYPES.get(path.suffix) or mimetypes.guess_type(path)[0] or "", path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _version(assets: dict[str, Asset]) -> str:
    digest = hashlib.sha256()
    for name, asset in assets.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(asset.data).digest())
    return digest.hexdigest()[:12]
