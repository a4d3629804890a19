"""Compose and image cannot be run in every place where tests run; their rules can be read everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = [name for name, service in SERVICES.items() if service["restart"] != "no"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_confined_and_has_a_bounded_log(name: str) -> None:
    service = SERVICES[name]
    assert "healthcheck" in service or "build" in service, (
        "the image has a check of its own only where it is ours"
    )
    assert service["restart"] == "unless-stopped"
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"]["max-size"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_fixed_version(name: str) -> None:
    assert re.search(r":(local$|\d+)", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_volume_and_network_is_declared(name: str) -> None:
    volumes = [volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])]
    assert {volume for volume in volumes if not volume.startswith(".")} <= set(COMPOSE["volumes"])
    assert all((ROOT / volume).exists() for volume in volumes if volume.startswith("."))
    assert set(SERVICES[name].get("networks", [])) <= set(COMPOSE["networks"])


def test_only_the_proxy_is_open_to_the_world() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["back"]


def test_web_and_worker_are_many_and_wait_for_the_migrations() -> None:
    for name in ("web", "worker"):
        assert "replicas" in SERVICES[name]["deploy"]
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "container_name" not in SERVICES[name]


def test_rasa_comes_only_when_asked_for() -> None:
    assert {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service} == {
        "rasa": ["rasa"],
        "rasa-data": ["rasa-train"],
        "rasa-train": ["rasa-train"],
    }


def test_the_proxy_s_network_is_the_one_whose_word_is_believed() -> None:
    subnet = COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert SERVICES["web"]["environment"]["NTD_FORWARDED_ALLOW_IPS"] == subnet


def test_the_image_runs_as_nobody_special_and_asks_readiness() -> None:
    assert re.findall(r"^USER (\w+)", DOCKERFILE, flags=re.M) == ["ntd"]
    assert "/health/ready" in DOCKERFILE


def test_the_image_copies_only_what_the_context_lets_in() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    for source in [source.removeprefix("./") for line in copied for source in line]:
        assert f"!{source}" in allowed
        assert (ROOT / source).exists()
