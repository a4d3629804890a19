"""Settings: the environment, read once. A `.env` file in the working directory counts where it is silent."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec

from content.catalog import province_ids


class SettingsError(Exception):
    """A setting cannot be used. The message names it and says what to write instead."""


Count = Annotated[int, msgspec.Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings; see `.env.example` for what each means. Field `x_y` is read from `X_Y` or `NTD_X_Y`."""

    env: Literal["development", "production"] = "development"
    data_dir: Path = Path("var")
    database_url: str | None = None
    redis_url: str | None = None
    sending_processes: Count = 4
    """How many processes share the platforms' rates while Redis is set and away."""
    public_url: str | None = None
    secret_key: str | None = None
    keys: tuple[str, ...] = ()
    """Encryption key ring, newest first (`NTD_KEYS`, with commas between); 32 bytes each, URL-safe base64."""
    provinces: tuple[str, ...] = province_ids()
    """Those that this installation serves; all that have content where it names none."""
    plan_numbers: dict[str, str] = {}
    """Province -> number and date of its plan, as shown to consumers (`NTD_PLAN_NUMBERS`)."""
    day_themes: dict[str, str] = {}
    """Year -> theme of Consumer Rights Day, as the authority has published it (`NTD_DAY_THEMES`)."""
    contacts_file: Path | None = None
    """YAML with the agencies' e-mail addresses and webhooks (`NTD_CONTACTS_FILE`)."""
    target_working_days: Count = 10
    """The provinces' own target for an answer, where the law sets no limit; shown as "mục tiêu"."""
    target_ask_days: Count = 5
    """The same for who only wants to speak to an officer."""
    target_urgent_hours: Count = 24
    targets: dict[str, dict[Literal["report", "ask", "urgent"], Count]] = {}
    """Province -> its own targets, where they differ from the three above (`NTD_TARGETS`)."""
    working_hours: dict[str, str] = {}
    """Province -> its officers' hours, where they differ from 07:30-11:30 and 13:30-17:00."""
    talk_hours: Count = 72
    form_days: Count = 7
    learning_days: Count = 90
    """How long a message for training is kept, of those who allow it."""
    web_messages_per_minute: Count = 20
    upload_max_mb: Count = 10
    media_max_mb: Count = 20
    """The largest photo, recording or film that is taken from a messenger."""
    spool_max_events: Count = 100_000
    """How many events may wait on the disk while the database is away; one takes 4 to 8 kB."""
    http_proxy_url: str | None = None
    smtp_url: str | None = None
    handoff_from: str | None = None
    """The sender of what is mailed to agencies (`NTD_HANDOFF_FROM`)."""
    handoff_listed_email: bool = False
    """Agencies are mailed also where their address is entered as a listing, not in the contacts file."""
    handoff_networks: tuple[str, ...] = ()
    """Private networks in which agencies' webhooks may lie; elsewhere only public addresses are called."""
    rasa_url: str | None = None
    telegram_bot_token: str | None = None
    telegram_webhook_secret: str | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_canary: Annotated[str, msgspec.Meta(pattern=r"^\d{1,19}$")] | None = None
    """The staff chat that the canary's answers go to; `zalo_canary`, `zalo_bot_canary`: a person's id."""
    telegram_paid_broadcasts: bool = False
    """Up to 1,000 messages a second; those beyond 30 cost the bot Stars."""
    zalo_app_id: str | None = None
    zalo_package: Literal["growth", "comprehensive"] = "growth"
    """Tăng trưởng or Toàn diện: how many calls a minute the OA may make."""
    zalo_app_secret: str | None = None
    zalo_oa_secret_key: str | None = None
    """Signs the webhook's events; shown on the console's page "Webhook", not the application's secret."""
    zalo_refresh_token: str | None = None
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_send_path: Literal["/v3.0/oa/message/cs", "/v2.0/oa/message"] = "/v3.0/oa/message/cs"
    zalo_pkce: bool = True
    zalo_canary: str | None = None
    zalo_site_verification: str | None = None
    """The code of the file with which Zalo checks who owns the domain."""
    zalo_media_hosts: tuple[str, ...] = ("zdn.vn", "zadn.vn")
    """Files of people are fetched from these hosts and those under them only."""
    zalo_bot_token: str | None = None
    zalo_bot_webhook_secret: str | None = None
    zalo_bot_api_url: str = "https://bot-api.zaloplatforms.com"
    zalo_bot_polling: bool = False
    """For pilots: what is fetched when the process dies is lost, for the platform knows no offset."""
    zalo_bot_canary: str | None = None
    zalo_bot_max_users: Count = 50
    zalo_bot_max_messages: Count = 3000
    """A month. Of the free plan, as the number of users is."""
    forwarded_allow_ips: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


_BARE = {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "HTTP_PROXY_URL", "SMTP_URL", "RASA_URL"}
"""Names that the contract spells without the prefix NTD_."""

_PLATFORMS = ("TELEGRAM_", "ZALO_")
"""Names that begin so have no prefix either."""


def read(environment: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Settings:
    """The settings of this process. Raises SettingsError with one sentence."""
    if environment is None:
        environment = {**_env_file(env_file), **os.environ}
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        name = _name(field.name)
        raw = environment.get(name, "").strip()
        if raw:
            values[field.name] = _parse(name, raw)
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        field_name = re.search(r"`\$\.(\w+)", str(error))
        raise SettingsError(_misread(field_name.group(1) if field_name else "?")) from None
    _check(settings)
    return settings


def data_dir(environment: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Path:
    """NTD_DATA_DIR alone, whatever else is missing: for what has to work before the settings are complete."""
    if environment is None:
        environment = {**_env_file(env_file), **os.environ}
    raw = environment.get("NTD_DATA_DIR", "").strip()
    return Path(raw) if raw else Settings().data_dir


def _name(field: str) -> str:
    name = field.upper()
    return name if name in _BARE or name.startswith(_PLATFORMS) else f"NTD_{name}"


def _parse(name: str, raw: str) -> object:
    if name in {"NTD_DATA_DIR", "NTD_CONTACTS_FILE"}:
        return Path(raw)
    if name in {"NTD_PROVINCES", "NTD_KEYS", "ZALO_MEDIA_HOSTS", "NTD_HANDOFF_NETWORKS"}:
        return [part.strip() for part in raw.split(",") if part.strip()]
    if name == "NTD_PLAN_NUMBERS":
        pairs = [pair.partition("=") for pair in raw.split(";") if pair.strip()]
        if any(not number.strip() for _, _, number in pairs):
            raise SettingsError(
                "The setting NTD_PLAN_NUMBERS is read as `hung-yen=12/KH-UBND 1/6/2026; thai-nguyen=...`."
            )
        return {province.strip(): number.strip() for province, _, number in pairs}
    if name in {"NTD_TARGETS", "NTD_WORKING_HOURS"}:
        return _by_province(name, raw)
    if name == "NTD_DAY_THEMES":
        told = [pair.partition("=") for pair in raw.split(";") if pair.strip()]
        if any(not (year.strip().isdigit() and theme.strip()) for year, _, theme in told):
            raise SettingsError("The setting NTD_DAY_THEMES is read as `2027=...; 2028=...`.")
        return {year.strip(): theme.strip() for year, _, theme in told}
    return raw


_SHAPES = {
    "NTD_TARGETS": "hung-yen=report 8, ask 3, urgent 12; thai-nguyen=...",
    "NTD_WORKING_HOURS": "hung-yen=07:00-11:30,13:30-17:00; thai-nguyen=...",
}
_SESSION = r"(?:[01]\d|2[0-3]):[0-5]\d"


def _by_province(name: str, raw: str) -> dict[str, object]:
    pairs = {key.strip(): told for key, _, told in (p.partition("=") for p in raw.split(";") if p.strip())}
    read = {"NTD_TARGETS": _targets, "NTD_WORKING_HOURS": _hours}[name]
    values: dict[str, object] = {province: read(told) for province, told in pairs.items()}
    if not all(values.values()) or set(values) - set(province_ids()):
        raise SettingsError(f"The setting {name} is read as `{_SHAPES[name]}`.")
    return values


def _targets(told: str) -> dict[str, int] | None:
    found = [re.fullmatch(r"(report|ask|urgent) ([1-9]\d{0,3})", part.strip()) for part in told.split(",")]
    return {one[1]: int(one[2]) for one in found if one} if all(found) else None


def _hours(told: str) -> str | None:
    """Sessions in order, as `bot.cases.calendar` reads them."""
    sessions = [part.strip() for part in told.split(",")]
    ends = re.findall(_SESSION, told)
    whole = all(re.fullmatch(f"{_SESSION}-{_SESSION}", session) for session in sessions)
    return ",".join(sessions) if whole and ends == sorted(set(ends)) else None


def _misread(field: str) -> str:
    wanted = get_type_hints(Settings).get(field)
    choices = get_args(wanted)
    what = "a whole number from 1 on"
    if get_origin(wanted) is Literal:
        what = f"one of {', '.join(choices)}"
    elif wanted is bool:
        what = "true or false"
    return f"The setting {_name(field)} must be {what}."


def _check(settings: Settings) -> None:
    unknown = set(settings.provinces) - set(province_ids())
    if unknown:
        known = ", ".join(province_ids())
        raise SettingsError(
            f"NTD_PROVINCES names {', '.join(sorted(unknown))}; there is content for {known}."
        )
    _check_addresses(settings)
    _check_handoff(settings)
    _check_keys(settings)
    if not re.fullmatch(r"(?:[!-~]{8,256})?", settings.zalo_bot_webhook_secret or ""):
        raise SettingsError(
            "ZALO_BOT_WEBHOOK_SECRET must have 8 to 256 letters, digits or signs, without spaces."
        )
    _check_telegram(settings)
    if settings.env == "production":
        if not settings.secret_key or len(settings.secret_key) < 32:
            raise SettingsError(
                "In production SECRET_KEY is needed: 32 characters or more, from a random source."
            )
        if not settings.keys:
            raise SettingsError("In production NTD_KEYS is needed: print one with `ntd doctor --new-key`.")
        if not settings.public_url or not settings.public_url.startswith("https://"):
            raise SettingsError("In production PUBLIC_URL is needed and must begin with https://.")


def _check_addresses(settings: Settings) -> None:
    """What they hold may be a password, so none is repeated in a message."""
    postgres = (
        "DATABASE_URL must read like postgresql://user:password@host:5432/name, with signs in it as %xx."
    )
    if settings.database_url and not _reads(
        settings.database_url, "postgresql", "postgresql+asyncpg", bare=True
    ):
        raise SettingsError(postgres)
    if settings.redis_url and not _reads(settings.redis_url, "redis", "rediss"):
        raise SettingsError("REDIS_URL must read like redis://host:6379/0.")
    for name, address in (("PUBLIC_URL", settings.public_url), ("RASA_URL", settings.rasa_url)):
        if address and not _reads(address, "http", "https"):
            raise SettingsError(f"{name} must be a whole address that begins with https:// or http://.")
    for part in settings.forwarded_allow_ips.split(","):
        try:
            _ = part.strip() == "*" or ip_network(part.strip(), strict=False)
        except ValueError:
            raise SettingsError(
                "NTD_FORWARDED_ALLOW_IPS must be addresses or networks, with commas between them."
            ) from None


def _check_handoff(settings: Settings) -> None:
    """The address of the mail server may hold a password, so it is not repeated."""
    if settings.smtp_url and not _reads(settings.smtp_url, "smtp", "smtps", "smtp+starttls"):
        raise SettingsError(
            "SMTP_URL must read like smtp+starttls://user:password@host:587, smtps:// or smtp://."
        )
    server = urlsplit(settings.smtp_url or "")
    if settings.env == "production" and server.password and server.scheme == "smtp":
        raise SettingsError(
            "In production a password goes over smtps:// or smtp+starttls:// only (SMTP_URL)."
        )
    if settings.handoff_from and not re.fullmatch(r"[!-~]+@[!-~]+", settings.handoff_from):
        raise SettingsError("NTD_HANDOFF_FROM must be an e-mail address.")
    for network in settings.handoff_networks:
        try:
            _ = ip_network(network, strict=False)
        except ValueError:
            raise SettingsError("NTD_HANDOFF_NETWORKS must be networks such as 10.20.0.0/16.") from None


def _reads(address: str, *schemes: str, bare: bool = False) -> bool:
    """Whether it has one of the schemes, a host (`bare`: not needed) and, if any, a port that is a number."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(bare or parts.hostname)


def _check_keys(settings: Settings) -> None:
    for key in settings.keys:
        try:
            whole = len(base64.urlsafe_b64decode(key)) == 32
        except ValueError:
            whole = False
        if not whole:
            raise SettingsError(
                "NTD_KEYS holds something that is no key: print one with `ntd doctor --new-key`."
            )


def _check_telegram(settings: Settings) -> None:
    if settings.telegram_bot_token and not re.fullmatch(
        r"\d{1,16}:[\w-]+", settings.telegram_bot_token, re.ASCII
    ):
        raise SettingsError(
            "TELEGRAM_BOT_TOKEN is no token of @BotFather: digits, a colon, letters and digits."
        )
    secret = settings.telegram_webhook_secret
    if secret and not re.fullmatch(r"[\w-]{1,256}", secret, re.ASCII):
        raise SettingsError("TELEGRAM_WEBHOOK_SECRET may hold A-Z, a-z, 0-9, _ and -, at most 256 of them.")
    if settings.http_proxy_url and not settings.http_proxy_url.startswith(
        ("http://", "socks4://", "socks5://")
    ):
        raise SettingsError("HTTP_PROXY_URL must begin with http://, socks4:// or socks5://.")


def _env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around the value and lines beginning with # are dropped."""
    if not path.is_file():
        return {}
    found = {}
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{path}, line {number}: write NAME=value.")
        found[name.strip()] = value.strip().strip("\"'")
    return found
