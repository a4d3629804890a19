"""The product's side of the OpenAPI, bare: an HTTP client with a token, for the emulator's own tests."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.support.zalo_oa.phone import Phone
from tests.support.zalo_oa.server import ZaloOA

CS, V2 = "/v3.0/oa/message/cs", "/v2.0/oa/message"


class BareClient:
    """With a new pair of tokens; `token` may be replaced."""

    def __init__(self, oa: ZaloOA, client: httpx.AsyncClient) -> None:
        self.oa = oa
        self.http = client
        self.token = oa.oauth.issue().access

    @property
    def headers(self) -> dict[str, str]:
        return {"access_token": self.token}

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers=self.headers)
        assert answer.status_code == 200
        return dict(answer.json())

    async def get(self, path: str, **data: Any) -> dict[str, Any]:
        answer = await self.http.get(path, params={"data": json.dumps(data)}, headers=self.headers)
        return dict(answer.json())

    async def send(self, to: Phone, message: Any, path: str = CS) -> dict[str, Any]:
        return await self.post(path, {"recipient": {"user_id": to.id}, "message": message})

    async def code(self, to: Phone, message: Any = None, path: str = CS) -> int:
        return int((await self.send(to, message or {"text": "chào"}, path))["error"])

    async def upload(self, kind: str, data: bytes, name: str) -> dict[str, Any]:
        files = {"file": (name, data)}
        answer = await self.http.post(f"/v2.0/oa/upload/{kind}", files=files, headers=self.headers)
        return dict(answer.json())

    async def token_call(self, secret: str | None = None, **form: str) -> dict[str, Any]:
        headers = {"secret_key": secret or self.oa.account.app_secret}
        answer = await self.http.post(
            "/v4/oa/access_token", data={"app_id": self.oa.account.app_id} | form, headers=headers
        )
        assert answer.status_code == 200
        return dict(answer.json())
