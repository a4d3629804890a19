"""Names of events that are answered 200 and not acted upon: each is counted under its own name."""

from __future__ import annotations

ECHO = "oa_send"
HUMAN = "oa_send_by_human"
"""A person answered in OA Manager: counted apart, for the bot does not see what they promised."""
GROUP = "group"
OTHER = "other"

_NAMED = frozenset(
    {
        "user_seen_message",
        "user_received_message",
        "user_reacted_message",
        "oa_reacted_message",
        "add_user_to_tag",
        "remove_user_from_tag",
        "remove_tag",
        "update_user_info",
        "user_feedback",
        "widget_interaction_accepted",
        "user_call_oa",
        "oa_call_user",
        "oa_send_consent",
        "user_reply_consent",
        "change_oa_daily_quota",
        "change_template_status",
        "change_template_quality",
        "change_template_quota",
        "change_oa_template_tags",
    }
)


def counted_as(name: str, *, by_human: bool) -> str:
    """One of a fixed list of names, whatever the platform sends."""
    if name in _NAMED:
        return name
    if name.startswith("oa_send_"):
        return HUMAN if by_human else ECHO
    if "group" in name:
        return GROUP
    return OTHER
