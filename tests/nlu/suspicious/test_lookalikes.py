"""Addresses that pass themselves off as a bank or an office, and the confirmed ones, which never do."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.suspicion import Official, shipped, with_own
from nlu.suspicious import links
from nlu.suspicious.hosts import address, skeletons

LOOKS = shipped().lookalikes
CONFIRMED = [(body, domain) for body, one in LOOKS.official.items() for domain in one.domains]


def copied(written: str) -> tuple[str, str] | None:
    link = links.look(written, LOOKS)
    assert link is not None, written
    return None if link.copy is None else (link.copy.body, link.copy.how)


@pytest.mark.parametrize(
    ("written", "body", "how"),
    [
        ("http://vcb-xacminh.example", "vietcombank", "extra"),
        ("https://vietcombankdigital.com/login", "vietcombank", "extra"),
        ("bidv24h.com", "bidv", "extra"),
        ("https://dichvucong-gov.com", "public_services", "extra"),
        ("techcombank.top", "techcombank", "ending"),
        ("http://techcombank.com.vn", "techcombank", "ending"),
        ("vietcombank.xyz", "vietcombank", "ending"),
        ("https://techcombank.com.login-vn.top/a", "techcombank", "inside"),
        ("https://vietcombank.com.vn.abc-x.cc", "vietcombank", "inside"),
        ("https://vietc0mbank.com.vn-xm.cc", "vietcombank", "inside"),
        ("http://techcornbank.com", "techcombank", "homoglyph"),
        ("https://vietc0mbank.com.vn", "vietcombank", "homoglyph"),
        ("https://sh0pee.vn", "shopee", "homoglyph"),
        ("https://vietcomb\u0430nk.com.vn", "vietcombank", "homoglyph"),
        ("https://agribamk.com.vn", "agribank", "typo"),
        ("https://vietconbank.net", "vietcombank", "typo"),
    ],
)
def test_imitations_are_recognised(written: str, body: str, how: str) -> None:
    assert copied(written) == (body, how)


@pytest.mark.parametrize(
    "written",
    [
        "https://zalo.me/0900000001",
        "facebook.com/groups/1",
        "https://portal.vietcombank.com.vn",
        "https://example.com/vietcombank",
        "https://hoavietcuong.vn",
        "https://acbc.vn",
        "https://baomoi.com/cong-an-canh-bao.epi",
        "https://davinci.edu.vn",
    ],
)
def test_others_are_left_alone(written: str) -> None:
    assert copied(written) is None


@pytest.mark.parametrize(("body", "domain"), CONFIRMED)
def test_confirmed_addresses_show_no_sign(body: str, domain: str) -> None:
    for written in (f"https://{domain}/a?b=1", f"http://www.{domain}", domain.upper(), f"{domain}:443/x"):
        link = links.look(written, LOOKS)
        assert link is not None
        assert (link.body, link.copy, link.tricks) == (body, None, ())


@given(st.sampled_from(CONFIRMED), st.data())
def test_one_changed_letter_is_never_the_confirmed_address(
    confirmed: tuple[str, str], data: st.DataObject
) -> None:
    _, domain = confirmed
    at = data.draw(st.integers(0, domain.index(".") - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase + string.digits))
    changed = domain[:at] + letter + domain[at + 1 :]
    link = links.look(f"https://{changed}", LOOKS)
    assert link is not None
    assert (link.body is not None) == (changed == domain)


LONG = [
    one for one in CONFIRMED if len(one[1].split(".")[0]) >= 7 and not one[1].startswith("dichvucong.dav")
]


@given(st.sampled_from(LONG), st.sampled_from("xyzwk"))
def test_one_more_letter_in_a_long_name_is_noticed(confirmed: tuple[str, str], letter: str) -> None:
    body, domain = confirmed
    name, _, rest = domain.partition(".")
    assert copied(f"https://{name}{letter}.{rest}") is not None, body


@given(st.text(max_size=80))
def test_nothing_that_is_written_breaks_the_look(text: str) -> None:
    for written in (text, f"http://{text}", f"https://bidv.com.vn@{text}", f"https://xn--{text}.com"):
        links.look(written, LOOKS)


@pytest.mark.parametrize(
    ("written", "trick"),
    [
        ("https://bidv.com.vn@evil.example/", "user"),
        ("http://103.1.2.3/login", "ip"),
        ("http://0x7f000001/", "ip"),
        ("http://[2001:db8::1]/", "ip"),
        ("https://\u0430cb.com.vn", "letters"),
        ("https://xn--80ak6aa92e.com", "letters"),
        ("https://thue-gov.com", "gov"),
        ("https://bocongan.gov.vn.example.com", "gov"),
        ("https://example.com/VNeID.apk?x=1", "file"),
        ("https://bit.ly/3abc", "short"),
        ("https://quatang.top", "ending"),
    ],
)
def test_tricks_of_links(written: str, trick: str) -> None:
    link = links.look(written, LOOKS)
    assert link is not None
    assert trick in link.tricks


def test_the_host_is_what_stands_behind_the_at() -> None:
    one = address("https://vietcombank.com.vn:443@103.1.2.3\\a")
    assert one is not None
    assert (one.host, one.user) == ("103.1.2.3", "vietcombank.com.vn:443")


def test_an_operator_confirms_an_address() -> None:
    own = Official(
        name=LOOKS.official["vietcombank"].name,
        words=("vietcombank",),
        domains=("vietcombank.com.vn",),
        checked=LOOKS.official["vietcombank"].checked,
    )
    looks = with_own(shipped(), {"vietcombank": own}).lookalikes
    link = links.look("https://www.vietcombank.com.vn", looks)
    assert link is not None
    assert link.body == "vietcombank"
    other = links.look("https://vietcombank.com", looks)
    assert other is not None
    assert other.copy is not None
    assert other.copy.how == "ending"


@given(st.text(alphabet=string.ascii_lowercase + string.digits + "-", min_size=1, max_size=30))
def test_a_label_can_always_be_read_as_itself(label: str) -> None:
    assert label in skeletons(label)
