"""The slip "Phiếu chuyển phản ánh" as a PDF: the layout is a Typst template, the case only its data."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import structlog
import typst

from bot.clock import VIETNAM
from bot.handoff.parcel import Case, Detail
from content.catalog import Catalog
from content.schema import SlotKind

OURS = Path(__file__).parent / "templates" / "slip.typ"
SECONDS = 10.0
"""No slip takes a tenth of a second; a template that never ends must not keep the hand-off."""

_STORY = "what_happened"

log = structlog.get_logger(__name__)


class SlipError(Exception):
    """The template cannot be used; the message is Typst's."""


class SlipMaker:
    """Uses `<data folder>/handoff/slip.typ` where an operator laid one, otherwise our own template. Fonts in
    `<data folder>/handoff/fonts` go before the embedded one."""

    def __init__(self, catalog: Catalog, plan_numbers: dict[str, str], data_dir: Path) -> None:
        self._catalog, self._plan_numbers = catalog, plan_numbers
        self._folder = data_dir / "handoff"
        self.fault: str | None = None
        """Why the operator's own template was not used the last time; None where all is well."""

    @property
    def own(self) -> Path:
        return self._folder / "slip.typ"

    async def pdf(self, case: Case, made_at: dt.datetime) -> bytes:
        """A broken template of the operator's is told in the log and by `fault`; ours then takes its place.
        Raises SlipError where even that fails."""
        data = self.data(case, made_at)
        if self.own.is_file():
            try:
                found = await self._compiled(self.own, data)
            except SlipError as error:
                self.fault = str(error)
                log.error("slip_template_broken", file=str(self.own), fault=self.fault)
            else:
                self.fault = None
                return found
        else:
            self.fault = None
        return await self._compiled(OURS, data)

    async def _compiled(self, template: Path, data: dict[str, Any]) -> bytes:
        text = msgspec.json.encode(data).decode()
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.to_thread(compiled, template, text, self._folder / "fonts")
        except TimeoutError:
            raise SlipError(f"it was not ready after {SECONDS:.0f} seconds") from None

    def data(self, case: Case, made_at: dt.datetime) -> dict[str, Any]:
        """What the template reads as `sys.inputs.data`; documented in `docs/handoff.md`."""
        content = self._catalog.provinces[case.province.id]
        focal = content.agencies[content.routing.focal.agency].name.vi
        number = self._plan_numbers.get(case.province.id)
        title = content.province.plan_title
        return {
            "product": self._catalog.say("vi", "handoff.product", province=case.province.name),
            "issuer": focal,
            "province": case.province.name,
            "code": case.code,
            "kind": case.kind,
            "topic": case.topic.name,
            "urgent": case.urgent,
            "to": case.to.name,
            "lead": case.to.role == "lead",
            "others": [other.name for other in case.others],
            "filed": _moment(case.filed_at),
            "made": _moment(made_at),
            "due": _moment(case.due_at),
            "by_law": case.due_by_law,
            "article": case.due_article,
            "commune": case.commune.name if case.commune else None,
            "plan": f"{title} ({number})" if number else title,
            "clauses": [
                {"id": id_, "task": content.plan[id_].task} for id_ in case.clauses if id_ in content.plan
            ],
            "story": next((one.value for one in case.details if one.slot == _STORY), None),
            "details": [self._row(one) for one in case.details if one.slot != _STORY],
            "files": case.files,
            "masked": case.masked,
            "agreement": case.agreement,
            "link": case.link,
        }

    def _row(self, detail: Detail) -> dict[str, str]:
        slot = self._catalog.slots.get(detail.slot)
        value = detail.value
        if slot and slot.kind is SlotKind.MONEY and value.isdigit():
            amount = f"{int(value):,}".replace(",", ".")
            value = self._catalog.say("vi", "console.money", amount=amount)
        elif slot and slot.kind is SlotKind.BANK and value in self._catalog.banks:
            value = self._catalog.banks[value].name
        elif slot and slot.kind is SlotKind.DATE:
            value = "/".join(str(int(part)) for part in reversed(value.split("-"))) if _iso(value) else value
        return {"label": detail.label, "value": value}


def compiled(template: Path, data: str, fonts: Path, *, form: str = "pdf") -> bytes:
    """`data`: JSON. Of form "png" only the first page. The template reads files of its own folder only."""
    compiler = typst.Compiler(
        root=template.parent, font_paths=[fonts] if fonts.is_dir() else [], ignore_system_fonts=True
    )
    try:
        made = compiler.compile(input=template, format=form, ppi=110, sys_inputs={"data": data})  # type: ignore[arg-type]
    except (typst.TypstError, RuntimeError, OSError, ValueError) as error:
        raise SlipError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    if isinstance(made, list):
        made = made[0]
    assert made is not None
    return made


def _moment(at: dt.datetime) -> dict[str, Any]:
    local = at.astimezone(VIETNAM)
    return {"day": local.day, "month": local.month, "year": local.year, "time": local.strftime("%H:%M")}


def _iso(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True
