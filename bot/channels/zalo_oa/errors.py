"""What each failure of the platform means for the message: one table, told in docs/channels/zalo-oa.md.

Codes come in the field `error` of an answer with HTTP 200 (official table "ma-loi"). Some never get here at
first: -216 and -220 renew the token, -100 uploads the picture again, -235 and -240 try the other path.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from bot.clock import VIETNAM
from bot.delivery.ports import SendFailed


class Then(StrEnum):
    """What becomes of the message."""

    RETRY = "retry"
    """Tried again, after the pause that the rule names."""
    HOLD = "hold"
    """Waits, and goes with the person's next message."""
    STOP = "stop"
    """The person cannot be reached: nothing more is sent to them."""
    DROP = "drop"
    """The message itself cannot be sent, now or later."""
    TOMORROW = "tomorrow"
    """Not before five past midnight in Viet Nam, when quotas begin anew."""
    MORNING = "morning"
    """A broadcast goes after five past six in Viet Nam, when the platform's night is over; an answer waits as
    with HOLD, or it would hold up what is said to the same person meanwhile."""


class Rule(msgspec.Struct, frozen=True):
    meaning: str
    then: Then
    our_fault: bool = False
    pause: float | None = None
    """Seconds before the next try; None: those of the ledger."""
    whole_channel: bool = False


_MEND = 600.0
"""Seconds between tries of what only an operator can mend."""
_MINUTE = 60.0


def _ours(meaning: str) -> Rule:
    return Rule(meaning, Then.RETRY, our_fault=True, pause=_MEND, whole_channel=True)


def _wrong(meaning: str) -> Rule:
    return Rule(meaning, Then.DROP, our_fault=True)


RULES: dict[int, Rule] = {
    -32: Rule("more calls than the package allows", Then.RETRY, pause=10.0, whole_channel=True),
    -100: _wrong("the uploaded picture has expired, also after a second upload"),
    -200: Rule("sending failed, three times", Then.DROP),
    -201: _wrong("a parameter is invalid"),
    -204: _ours("the OA is deleted or disabled"),
    -205: _ours("the OA does not exist"),
    -209: _ours("the app is not activated"),
    -210: _wrong("a parameter exceeds its limit"),
    -211: Rule("out of quota", Then.TOMORROW, our_fault=True, whole_channel=True),
    -212: _ours("the app is not registered for this API"),
    -213: Rule("the person does not follow the OA", Then.STOP),
    -214: Rule("the article is still being processed", Then.RETRY, pause=_MINUTE),
    -215: _ours("the app id is invalid"),
    -216: _ours("the access token is invalid, also after it was renewed"),
    -217: Rule("the person blocked the OA", Then.STOP),
    -218: Rule("the person gets no more messages for now", Then.HOLD),
    -219: _ours("the app is removed or disabled"),
    -220: _ours("the access token has expired, also after it was renewed"),
    -221: _ours("the OA is not verified"),
    -222: Rule("the person is banned or away for more than 45 days", Then.STOP),
    -223: _ours("the OA has not authorised this API"),
    -224: _ours("the package of the OA is too low"),
    -227: Rule("the person is banned or away for more than 45 days", Then.STOP),
    -230: Rule("the person has not written for 7 days", Then.HOLD),
    -232: Rule("the person has not written, or too long ago", Then.HOLD),
    -233: _wrong("the type of the message is not supported"),
    -234: Rule("not at night (22:00-06:00)", Then.MORNING),
    -235: _ours("neither path for sending supports this type of OA"),
    -237: Rule("the group has expired", Then.DROP),
    -238: Rule("the asset was used before", Then.DROP),
    -240: _ours("the message API of version 2 is shut down, and version 3 refused before"),
    -241: Rule("the asset was used before", Then.DROP),
    -242: _ours("the proof of the app secret is invalid"),
    -244: Rule("the person restricted messages of the OA", Then.STOP),
    -248: _wrong("the text violates the platform's standards"),
    -249: _wrong("the template cannot be sent to a user id"),
    -305: Rule("no answer more than 48 hours later", Then.HOLD),
    -311: Rule("no more free answers until the person writes", Then.HOLD),
    -320: Rule("outside the free 48 hours, and no ZBS account pays", Then.HOLD, our_fault=True),
    -321: Rule("outside the free 48 hours, and the ZBS account is empty", Then.HOLD, our_fault=True),
    -403: Rule("the OA is not in the group", Then.DROP),
}

UNKNOWN = Rule("an error that is in no table", Then.HOLD, our_fault=True)
"""Neither lost nor in the way of what comes after it."""

TOKEN_DEAD = frozenset({-216, -220})
OTHER_PATH = frozenset({-235, -240})
ASSET_EXPIRED = -100
SENDING_FAILED = -200

LOST_PERMISSION = "the permission of the OA is lost: run `ntd zalo connect`"
NOT_CONNECTED = "the OA is not connected yet: run `ntd zalo connect`"


def refused(code: int, now: dt.datetime) -> SendFailed:
    """The failure for an error code of the OpenAPI."""
    rule = RULES.get(code, UNKNOWN)
    tomorrow, morning = rule.then is Then.TOMORROW, rule.then is Then.MORNING
    return SendFailed(
        f"Zalo {code}: {rule.meaning}",
        retry=rule.then is Then.RETRY or tomorrow or morning,
        our_fault=rule.our_fault,
        stop=rule.then is Then.STOP,
        hold=rule.then is Then.HOLD or morning,
        retry_after=_until(_QUOTAS_ANEW, now) if tomorrow else rule.pause,
        not_before=_until(_NIGHT_OVER, now) if morning else None,
        whole_channel=rule.whole_channel,
    )


def status(code: int, retry_after: float | None) -> SendFailed:
    """The failure for an HTTP status without an error code in its body."""
    reason = f"Zalo answered HTTP {code}"
    if code == 429:
        return SendFailed(reason, retry=True, retry_after=retry_after or 10.0, whole_channel=True)
    if code == 503:
        return SendFailed(reason, retry=True, retry_after=retry_after)
    if code >= 500:
        return SendFailed(reason, retry=True, uncertain=True, retry_after=retry_after)
    return SendFailed(reason, retry=True, our_fault=True, retry_after=_MEND, whole_channel=True)


def not_reached() -> SendFailed:
    return SendFailed("Zalo cannot be reached", retry=True)


def unanswered() -> SendFailed:
    """It was asked, and whether it was done is not known."""
    return SendFailed("Zalo gave no answer that can be read", retry=True, uncertain=True)


def without_token(reason: str, *, lost: bool) -> SendFailed:
    """No access token: the permission is `lost`, or the token endpoint does not answer at the moment."""
    if lost:
        return SendFailed(reason, retry=True, our_fault=True, retry_after=_MEND, whole_channel=True)
    return SendFailed(reason, retry=True, retry_after=30.0, whole_channel=True)


_QUOTAS_ANEW, _NIGHT_OVER = dt.time(0, 5), dt.time(6, 5)


def _until(time: dt.time, now: dt.datetime) -> float:
    """Seconds until it is so late in Viet Nam for the next time."""
    local = now.astimezone(VIETNAM)
    at = local.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
    return ((at if at > local else at + dt.timedelta(days=1)) - local).total_seconds()
