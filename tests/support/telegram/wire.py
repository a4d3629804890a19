"""What goes over the line: parameters of a call in any of its encodings, refusals, files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class Refusal(Exception):
    """The platform's own answer to a call that it does not do."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}")


@dataclass(frozen=True)
class Upload:
    name: str
    data: bytes
    mime_type: str


@dataclass(frozen=True)
class Parameters:
    """Every value is text, as in a form; nested ones are JSON inside."""

    values: dict[str, str]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def integer(self, name: str, otherwise: int = 0) -> int:
        try:
            return int(self.values.get(name, otherwise))
        except ValueError:
            return otherwise

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").lower() in {"true", "yes", "1"}

    def nested(self, name: str, called: str) -> Any:
        """None when it is not given. `called`: what the platform names it when it cannot be read."""
        given = self.values.get(name, "")
        if not given:
            return None
        try:
            return json.loads(given)
        except ValueError:
            raise bad_request(f"can't parse {called} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        given = self.values.get(name, "")
        return self.files.get(given.removeprefix("attach://") if given.startswith("attach://") else name)


async def read_parameters(request: web.Request) -> Parameters:
    """From the query, a form, a multipart form or a JSON body."""
    values = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("expected an Object")
        values |= as_text(body)
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                values[name] = str(value)
    return Parameters(values, files)


def as_text(body: Json) -> dict[str, str]:
    """A JSON body as a form would carry it."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in body.items()
        if value is not None
    }
