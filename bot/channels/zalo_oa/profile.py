"""The OA itself, as `getoa` describes it."""

from __future__ import annotations

import msgspec

from bot.channels.zalo_oa.api import Api
from bot.channels.zalo_oa.contents import words

STATE_AGENCY = "4"
BUSINESS = "2"


class Profile(msgspec.Struct, frozen=True):
    """Each field empty where Zalo does not tell it."""

    id: str
    name: str
    type: str
    """`2`: a business, `4`: a state agency; others exist."""
    verified: bool
    package: str
    package_until: str
    """dd/mm/yyyy."""


async def profile(api: Api) -> Profile:
    """Raises Refusal or SendFailed. The best proof that the access token works."""
    told = await api.get("/v2.0/oa/getoa")
    return Profile(
        id=words(told.get("oaid")) or words(told.get("oa_id")),
        name=words(told.get("name"))[:200],
        type=words(told.get("oa_type")),
        verified=told.get("is_verified") is True,
        package=words(told.get("package_name"))[:100],
        package_until=words(told.get("package_valid_through_date"))[:40],
    )
