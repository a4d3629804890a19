"""`.env.example` lists every setting, and copying it as it is changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import yaml

from bot import settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
LISTED = set(re.findall(r"^#([A-Z][A-Z_0-9]+)=", EXAMPLE.read_text(encoding="utf-8"), flags=re.M))
CHANNELS = ("TELEGRAM_", "ZALO_")
COMPOSE = {"POSTGRES_PASSWORD", "NTD_DOMAIN", "NTD_WEB_REPLICAS", "NTD_WORKER_REPLICAS"}


def names_of_settings() -> set[str]:
    """Found by asking `settings.read` itself which names it looks up."""

    class Asked(dict[str, str]):
        def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
            names.add(name)
            return default

    names: set[str] = set()
    settings.read(Asked())
    return names


def test_every_setting_is_listed_and_nothing_else() -> None:
    assert len(msgspec.structs.fields(settings.Settings)) == len(names_of_settings())
    assert names_of_settings() <= LISTED
    assert {name for name in LISTED - names_of_settings() if not name.startswith(CHANNELS)} == COMPOSE


def test_the_untouched_copy_means_the_defaults(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_bytes(EXAMPLE.read_bytes())
    assert settings._env_file(copy) == {}


def test_every_line_taken_in_can_be_read() -> None:
    """Whoever takes away a `#` gets a line that is a setting with a value, or with an empty one."""
    taken = [
        line[1:] for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if re.match(r"#[A-Z]", line)
    ]
    environment = dict(line.split("=", 1) for line in taken)
    environment |= {"SECRET_KEY": "x" * 32, "NTD_KEYS": "A" * 43 + "="}
    assert settings.read(environment).env == "production"


def test_compose_passes_only_settings_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert set(compose["services"]["web"]["environment"]) <= LISTED
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == COMPOSE
