"""The page itself: its template, its files, its words."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.channels.web.forms import MAX_PHOTOS, MAX_TEXT, Language
from content.catalog import Catalog

FOLDER = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = ("vi", "en")
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Asset(msgspec.Struct, frozen=True):
    content_type: str
    data: bytes


class Page:
    """Reads template and files once; the files' addresses change with their content."""

    def __init__(self, catalog: Catalog, provinces: tuple[str, ...], upload_max_mb: int) -> None:
        self._catalog = catalog
        self._provinces = provinces
        self._upload_max_mb = upload_max_mb
        self._assets = _read_assets(FOLDER / "static")
        self.version = _version(self._assets)
        self._rendered = {language: self._render(language) for language in LANGUAGES}

    def html(self, language: Language) -> str:
        return self._rendered[language]

    def asset(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def say(self, language: Language, key: str, **values: object) -> str:
        return self._catalog.say(language, key, **values)

    def _render(self, language: Language) -> str:
        return _TEMPLATES.get_template("chat.html").render(
            language=language,
            other=next(code for code in LANGUAGES if code != language),
            static=f"/chat/static/{self.version}",
            area=" · ".join(self._province_names(language)),
            say=lambda name, **values: self.say(language, f"web.{name}", **values),
            words=self._script_words(language),
            max_text=MAX_TEXT,
            max_photos=MAX_PHOTOS,
            max_mb=self._upload_max_mb,
        )

    def _province_names(self, language: Language) -> list[str]:
        known = self._catalog.provinces
        return [known[name].province.name.in_(language) for name in self._provinces if name in known]

    def _script_words(self, language: Language) -> dict[str, str]:
        """Sentences for the scripts, as written: they fill in `{…}` themselves."""
        prefix = "web.js_"
        sentences = self._catalog.messages[language].items()
        return {key.removeprefix(prefix): text for key, text in sentences if key.startswith(prefix)}


def _read_assets(folder: Path) -> dict[str, Asset]:
    return {
        path.name: Asset(_TYPES.get(path.suffix) or mimetypes.guess_type(path)[0] or "", path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def _version(assets: dict[str, Asset]) -> str:
    digest = hashlib.sha256()
    for name, asset in assets.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(asset.data).digest())
    return digest.hexdigest()[:12]
