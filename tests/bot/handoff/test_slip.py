"""The slip's layout is an operator's to change; a broken one never keeps a hand-off."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from bot.handoff.parcel import Agency, Case, Named
from bot.handoff.slip import OURS, SlipMaker, compiled
from tests.bot.cases.desk import CATALOG
from tests.bot.handoff.post_office import pdf_text

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
CASE = Case(
    code="TN-26-000001",
    kind="complaint",
    state="open",
    province=Named("thai-nguyen", "Thái Nguyên"),
    topic=Named("medicine", "Thuốc"),
    urgent=False,
    filed_at=NOW,
    due_at=NOW,
    due_by_law=True,
    commune=None,
    to=Agency("so_y_te", "Sở Y tế tỉnh Thái Nguyên", "lead"),
    others=(),
    clauses=(),
    details=(),
    files=0,
    masked=True,
)


@pytest.fixture
def maker(tmp_path: Path) -> SlipMaker:
    (tmp_path / "handoff").mkdir()
    return SlipMaker(CATALOG, {}, tmp_path)


async def test_a_case_without_anything_has_a_slip_too(maker: SlipMaker) -> None:
    text = pdf_text(await maker.pdf(CASE, NOW))
    assert "Thái Nguyên, ngày 22 tháng 11 năm 2026" in text
    assert "Thời hạn theo luật" in text
    assert "2. Chứng cứ" in text


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("57(4)", "để chuyển yêu cầu đến bên bán (khoản 4 Điều 57 Luật Bảo vệ quyền lợi người tiêu dùng"),
        ("57(5)", "Thời hạn theo luật (khoản 5 Điều 57 Luật Bảo vệ quyền lợi người tiêu dùng"),
    ],
)
async def test_a_time_limit_of_the_law_says_by_which_article_and_for_what(
    maker: SlipMaker, article: str, said: str
) -> None:
    case = msgspec.structs.replace(CASE, due_article=article)
    text = pdf_text(await maker.pdf(case, NOW))
    assert said in text
    assert "chậm nhất ngày 22 tháng 11 năm 2026" in text


async def test_an_operator_s_own_layout_replaces_ours(maker: SlipMaker) -> None:
    own = "#let d = json(bytes(sys.inputs.data))\nPhiếu riêng của tỉnh: #d.code"
    maker.own.write_text(own, "utf-8")
    assert pdf_text(await maker.pdf(CASE, NOW)) == "Phiếu riêng của tỉnh: TN-26-000001"


@pytest.mark.parametrize(
    "broken",
    ["#unknown(", "#let d = json(bytes(sys.inputs.data))\n#d.nothing", '#read("/etc/hostname")'],
)
async def test_a_broken_layout_falls_back_to_ours_with_an_alarm(maker: SlipMaker, broken: str) -> None:
    maker.own.write_text(broken, "utf-8")
    with capture_logs() as logs:
        text = pdf_text(await maker.pdf(CASE, NOW))
    assert "PHIẾU CHUYỂN" in text
    assert maker.fault
    (alarm,) = [line for line in logs if line["event"] == "slip_template_broken"]
    assert alarm["log_level"] == "error"
    maker.own.unlink()
    await maker.pdf(CASE, NOW)
    assert maker.fault is None


def test_the_layout_draws(maker: SlipMaker, tmp_path: Path) -> None:
    data = msgspec.json.encode(maker.data(CASE, NOW)).decode()
    assert compiled(OURS, data, tmp_path, form="png").startswith(b"\x89PNG")
