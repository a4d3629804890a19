"""What each role may do. Which rows an officer may see is `bot.cases.access`."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OFFICER = "officer"
    ADMIN = "admin"


class Permission(StrEnum):
    """`scope:resource:action`. The scope `agency` means the officer's own agency, `system` all of them, and
    `any` what is open to everybody who works here."""

    QUEUE_READ = "agency:queue:read"
    CASE_READ = "agency:case:read"
    CASE_WORK = "agency:case:work"
    CASE_FILE = "agency:case:file"
    REVIEWS_LABEL = "agency:reviews:label"
    OFFICERS_MANAGE = "system:officers:manage"
    QUEUES_COUNT = "system:queues:count"
    DEAD_LETTERS_READ = "system:dead_letters:read"
    DEAD_LETTERS_WORK = "system:dead_letters:work"
    LISTINGS_MANAGE = "system:listings:manage"
    PLAN_READ = "any:plan:read"
    CONTENT_READ = "any:content:read"


GRANTED: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(p for p in Permission if p.startswith(("agency:", "any:"))),
    Role.ADMIN: frozenset(p for p in Permission if p.startswith(("system:", "any:"))),
}
"""An administrator runs the product and sees no case: nothing of what consumers wrote is needed for that."""


def may(role: str, permission: Permission) -> bool:
    return permission in GRANTED.get(Role(role), frozenset())
