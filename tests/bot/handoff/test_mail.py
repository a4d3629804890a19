"""What an agency finds in its mailbox: a real SMTP server, the slip read back from its PDF."""

from __future__ import annotations

import pytest

from bot.cases.directory import Reach
from bot.handoff.mail import Server
from tests.bot.handoff.post_office import Mailbox, PostOffice, mailbox, slip_text

LEAD = "so_y_te"
STORY = {
    "what_happened": "Mua thuốc ở nhà thuốc gần chợ; họ nói gọi 0900000002 để đổi. #panic(1) *đậm* $x$ ứ ễ ị",
    "product": "Viên giảm đau",
    "money": "250000",
    "date": "2026-11-20",
    "contact_phone": "0900000001",
    "location": "21.5942,105.8482",
}


@pytest.fixture
def mailing(office: PostOffice, box: Mailbox) -> PostOffice:
    office.set(
        smtp_url=f"smtp://127.0.0.1:{box.port}",
        handoff_from="ntd@tinh.example.vn",
        public_url="https://tieudung.example.vn",
    )
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    return office


async def test_the_letter_and_its_slip(mailing: PostOffice, box: Mailbox) -> None:
    filed = await mailing.file(slots=STORY, urgent=True, commune="05443")
    code = filed.case.code
    await mailing.run()
    (letter,) = box.letters
    assert letter["To"] == "syt@tinh.example.vn"
    assert letter["Subject"] == f"[{code}] KHẨN - Phiếu chuyển phản ánh: Thuốc"
    assert "Trợ lý Người tiêu dùng tỉnh Thái Nguyên" in letter["From"]
    (attachment,) = letter.iter_attachments()
    assert attachment.get_filename() == f"phieu-chuyen-{code}.pdf"
    text = slip_text(letter)
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        f"Số: {code}/PC",
        "PHIẾU CHUYỂN",
        "KHẨN",
        "Kính gửi: Sở Y tế tỉnh Thái Nguyên",
        "mục PL.III.8, PL.III.9",
        "#panic(1) *đậm* $x$ ứ ễ ị",
        "250.000 đồng",
        "20/11/2026",
        f"https://tieudung.example.vn/console/cases/{code}",
    ):
        assert said in text


async def test_personal_data_are_masked_in_letter_and_slip(mailing: PostOffice, box: Mailbox) -> None:
    await mailing.file(slots=STORY)
    await mailing.run()
    (letter,) = box.letters
    body = letter.get_body()
    assert body is not None
    told = body.get_content() + slip_text(letter)
    for hidden in ("0900000001", "0900000002", "21.5942"):
        assert hidden not in told
    assert "090•••••01" in told
    assert "đã được che một phần" in told


async def test_with_an_agreement_they_are_whole_and_the_slip_names_it(
    mailing: PostOffice, box: Mailbox
) -> None:
    agreement = "Thỏa thuận số 1/TT ngày 1/11/2026"
    mailing.reaches = {LEAD: Reach(email="syt@tinh.example.vn", agreement=agreement)}
    await mailing.file(slots=STORY)
    await mailing.run()
    text = slip_text(box.letters[0])
    assert "0900000001" in text
    assert "0900000002" in text
    assert agreement in text
    assert "đã được che" not in text


async def test_a_letter_that_goes_twice_has_one_id(mailing: PostOffice, box: Mailbox) -> None:
    """The server took it, and we died before we could write that down."""
    filed = await mailing.file()
    await mailing.run()
    row = (await mailing.ways(filed.case.code))[LEAD, "email"]
    from sqlalchemy import update

    from bot.storage.tables import handoff_ways

    async with mailing.transaction() as uow:
        await uow.execute(update(handoff_ways).where(handoff_ways.c.id == row.id).values(state="queued"))
    await mailing.run()
    first, second = box.letters
    assert first["Message-ID"] == second["Message-ID"] == f"<{row.key}@tinh.example.vn>"


async def test_a_refused_address_says_so_and_goes_on(mailing: PostOffice, box: Mailbox) -> None:
    box.refuses = "550 5.1.1 no such user"
    filed = await mailing.file()
    await mailing.run()
    row = (await mailing.ways(filed.case.code))[LEAD, "email"]
    assert (row.state, row.reason) == ("queued", "the mail server refuses the address (550)")
    mailing.reaches = {LEAD: Reach(email="syt-moi@tinh.example.vn")}
    box.refuses = None
    mailing.move(minutes=1)
    await mailing.run()
    assert box.letters[0]["To"] == "syt-moi@tinh.example.vn"


async def test_a_server_that_is_away_is_a_failure(mailing: PostOffice) -> None:
    async with mailbox() as gone:
        port = gone.port
    mailing.set(smtp_url=f"smtp://127.0.0.1:{port}", handoff_from="ntd@tinh.example.vn")
    filed = await mailing.file()
    await mailing.run()
    row = (await mailing.ways(filed.case.code))[LEAD, "email"]
    assert row.reason.startswith("the mail server cannot be reached")


async def test_the_listing_s_address_counts_only_where_it_is_allowed(office: PostOffice) -> None:
    """What administrators enter for consumers to read is no consent to mail cases there."""
    import datetime as dt

    from bot.cases import ways
    from content.listings import Entry, overlaid
    from tests.bot.cases.desk import CATALOG

    entry = Entry(email="syt@tinh.example.vn", reason="Công văn", by="Quản trị", on=dt.date(2026, 11, 1))
    catalog = overlaid(CATALOG, {f"thai-nguyen/{LEAD}": entry})
    from actions.routing import Responsibility
    from content.schema import Basis

    who = Responsibility(
        agency=LEAD, unit=None, clauses=(), basis=Basis.NAMED, law=None, province="thai-nguyen"
    )
    directory = office.registry.directory
    assert ways.reach_of(directory, catalog, office.settings, who).ways == ()
    office.set(handoff_listed_email=True)
    assert ways.reach_of(directory, catalog, office.settings, who).email == "syt@tinh.example.vn"


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://mail.example.vn", 25, False, None),
        ("smtps://mail.example.vn", 465, True, False),
        ("smtp+starttls://mail.example.vn", 587, False, True),
        ("smtp+starttls://mail.example.vn:2525", 2525, False, True),
    ],
)
def test_the_address_says_how_the_server_is_spoken_to(
    url: str, port: int, use_tls: bool, start_tls: bool | None
) -> None:
    server = Server.parse(url)
    assert (server.port, server.use_tls, server.start_tls) == (port, use_tls, start_tls)


def test_user_and_password_are_read_decoded() -> None:
    server = Server.parse("smtps://ntd%40tinh.example.vn:p%40ss@mail.example.vn")
    assert (server.user, server.password) == ("ntd@tinh.example.vn", "p@ss")
