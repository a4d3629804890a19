"""The page: complete in both languages, nothing from elsewhere, nothing inline."""

from __future__ import annotations

import re

import httpx
import pytest

from bot.channels.web.forms import Language
from bot.channels.web.page import FOLDER
from tests.bot.channels.web.stand import CATALOG, Stand

SCRIPTS = sorted((FOLDER / "static").glob("*.js"))


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_page_names_itself_its_kind_and_the_emergency_numbers(
    stand: Stand, language: Language
) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        page = await client.get("/", params={"lang": language})
    words = CATALOG.messages[language]
    for key in ("web.title", "web.automated", "web.composer_warning", "web.example_4"):
        assert words[key] in page.text
    assert "Hưng Yên · Thái Nguyên" in page.text
    assert re.findall(r'href="tel:(\d+)"', page.text) == ["113", "114", "115"]


async def test_the_browser_is_told_to_run_nothing_but_our_files(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    scripts = re.findall(r"<script([^>]*)>", page.text)
    assert all('type="application/json"' in script or " src=" in script for script in scripts)
    assert not re.search(r"<style| style=| on\w+=", page.text)


async def test_no_request_leaves_for_another_site(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        page = (await client.get("/")).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith(("/", "#", "tel:")) for address in addresses)


async def test_every_file_of_the_page_is_served_and_lasting(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        page = (await client.get("/")).text
        addresses = set(re.findall(r'"(/chat/static/[^"]+)"', page))
        folder = next(iter(addresses)).rsplit("/", 1)[0]
        addresses |= {f"{folder}/{path.name}" for path in SCRIPTS}
        answers = {address: await client.get(address) for address in addresses}
        stale = await client.get("/chat/static/0123456789ab/chat.js")
        outside = await client.get("/chat/static/x/..%2fchannel.py")
    assert all(answer.status_code == 200 for answer in answers.values())
    assert all("immutable" in answer.headers["cache-control"] for answer in answers.values())
    assert answers[f"{folder}/chat.js"].headers["content-type"].startswith("text/javascript")
    assert stale.headers["cache-control"] == "no-cache"
    assert outside.status_code == 404


def test_both_languages_say_the_same_things() -> None:
    keys = {
        language: {key for key in words if key.startswith("web.")}
        for language, words in CATALOG.messages.items()
    }
    assert keys["vi"] == keys["en"]
    for key in keys["vi"]:
        gaps = [sorted(re.findall(r"\{\w*\}", words[key])) for words in CATALOG.messages.values()]
        assert gaps[0] == gaps[1], key


def test_scripts_use_every_sentence_and_only_sentences_that_exist() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    used = set(re.findall(r"say\('(\w+)'", source))
    written = {key.removeprefix("web.js_") for key in CATALOG.messages["vi"] if key.startswith("web.js_")}
    assert used == written


def test_text_never_becomes_markup() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source
    )
