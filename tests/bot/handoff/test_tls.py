"""Over TLS: the certificate is the name's, though the connection goes to the address that was looked at."""

from __future__ import annotations

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from bot.cases.directory import Reach
from tests.bot.handoff.post_office import SECRET, PostOffice, mailbox, receiver
from tests.bot.handoff.tls import Authority

LEAD = "so_y_te"


@pytest.fixture
def authority(office: PostOffice) -> Authority:
    return Authority(office.data_dir)


async def reason(office: PostOffice, way: str, authority: Authority) -> str | None:
    """Why it did not go; None where it did."""
    filed = await office.file()
    worker = office.worker(authority.client())
    await worker.run_due()
    await worker.close()
    row = (await office.ways(filed.case.code))[LEAD, way]
    found: str | None = row.reason
    return found if row.state == "queued" else None


async def test_a_webhook_s_certificate_must_be_that_of_its_name(
    office: PostOffice, authority: Authority
) -> None:
    files = {"ssl_certfile": str(authority.certificate), "ssl_keyfile": str(authority.key)}
    office.set(env="production", handoff_networks=("127.0.0.0/8",))
    async with receiver(**files) as system:
        for host, told in (
            ("localhost", None),
            ("127.0.0.1", "the webhook cannot be reached (ConnectError)"),
        ):
            address = f"https://{host}:{system.port}/x"
            office.reaches = {LEAD: Reach(webhook=address, secrets=(SECRET,))}
            assert await reason(office, "webhook", authority) == told
        (request,) = system.requests
        assert request.headers["host"] == f"localhost:{system.port}"


async def test_mail_goes_over_starttls_with_a_password(office: PostOffice, authority: Authority) -> None:
    def known(server: object, session: object, envelope: object, how: str, told: LoginPassword) -> AuthResult:
        return AuthResult(success=(told.login, told.password) == (b"ntd", b"p@ss"), handled=False)

    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    options = {"tls_context": authority.server(), "require_starttls": True, "authenticator": known}
    async with mailbox(auth_required=True, **options) as box:
        for login, host, told in (
            ("ntd:p%40ss", "localhost", None),
            ("ntd:wrong", "localhost", "the mail server refuses our user or password (SMTP_URL)"),
            ("ntd:p%40ss", "127.0.0.1", "the mail server cannot be reached (SSLCertVerificationError)"),
        ):
            office.set(
                env="production",
                smtp_url=f"smtp+starttls://{login}@{host}:{box.port}",
                handoff_from="ntd@tinh.example.vn",
            )
            found = await reason(office, "email", authority)
            assert found == told
        assert len(box.letters) == 1
