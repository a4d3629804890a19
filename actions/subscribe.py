"""News of Consumer Rights Day and warnings: on and off by one word."""

from __future__ import annotations

from actions.contract import Action, Outcome, Reply, Turn


async def run(turn: Turn) -> Outcome:
    off = (turn.payload or turn.understanding.act) == "unsubscribe"
    if off:
        changed = await turn.ports.subscriptions.unsubscribe()
        key = "service.unsubscribed" if changed else "service.unsubscribed_already"
    else:
        changed = await turn.ports.subscriptions.subscribe()
        key = "service.subscribed" if changed else "service.subscribed_already"
    act = "unsubscribe" if off else "subscribe"
    return Outcome([Reply(turn.say(key))], turn.talk, act=act)


ACTION = Action(
    name="subscribe", run=run, acts=("subscribe", "unsubscribe"), payloads=("subscribe", "unsubscribe")
)
