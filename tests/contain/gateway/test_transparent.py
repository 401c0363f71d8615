"""Programs that know no proxy: names answered here, and the ports behind their addresses."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import pytest

from jackline.contain.gateway import dns
from jackline.contain.gateway import messages as say
from tests.contain.gateway.running import PATIENCE, allow, deny, dial, rest
from tests.contain.gateway.test_dns import OPT, query

NAMES = {"a.test": ["127.0.0.1"]}


def judge(ask):
    return allow(ask) if ask.host == "a.test" else deny(ask, ask=f"connect {ask.host}:443")


def lookup(port, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(PATIENCE)
        one.sendto(data, ("127.0.0.1", port))
        return one.recv(2000)


def code(answer):
    return answer[3] & 0xF, int.from_bytes(answer[6:8], "big")


def address(answer):
    return IPv4Address(answer[-4:])


def test_allowed_names_get_an_address_of_their_own(start):
    keeper = start(allow)
    [port] = keeper.serve("dns_udp")
    first, second, again = (address(lookup(port, query(name))) for name in ("a.test", "b.test", "A.Test."))
    assert first == again != second
    assert str(first).startswith("198.18.")
    assert {(ask.via, ask.host, ask.port) for ask in keeper.all(say.Ask)} == {
        ("dns", "a.test", 0),
        ("dns", "b.test", 0),
    }


def test_names_that_were_not_decided_are_told_apart_from_nothing(start):
    keeper = start(judge)
    [port] = keeper.serve("dns_udp")
    answer = lookup(port, query("secret-data.evil.test", counts=(1, 0, 0, 1), more=OPT))
    assert code(answer) == (dns.NO_SUCH_NAME, 0)
    assert answer.endswith(b"ask for: connect secret-data.evil.test:443")
    assert keeper.wait(say.Refused).host == "secret-data.evil.test"


@pytest.mark.parametrize("kind", [dns.AAAA, dns.HTTPS, dns.SVCB])
def test_what_a_name_has_none_of(start, kind):
    keeper = start(judge)
    [port] = keeper.serve("dns_udp")
    assert code(lookup(port, query("a.test", kind))) == (dns.NO_ERROR, 0)
    assert code(lookup(port, query("b.test", kind))) == (dns.NO_SUCH_NAME, 0)


@pytest.mark.parametrize("kind", [2, 5, 6, 10, 12, 15, 16, 33, 252, 255])
def test_other_kinds_are_refused_and_nobody_is_asked(start, kind):
    keeper = start(judge)
    [port] = keeper.serve("dns_udp")
    assert code(lookup(port, query("a.test", kind))) == (dns.REFUSED, 0)
    assert keeper.wait(say.Refused).host == "a.test"
    assert keeper.all(say.Ask) == []


def test_garbage_is_answered_as_such_and_the_next_question_is_answered(start):
    keeper = start(judge)
    [port] = keeper.serve("dns_udp")
    assert code(lookup(port, query("a.test", counts=(2, 0, 0, 0)))) == (dns.FORMAT_ERROR, 0)
    assert code(lookup(port, query("a.test"))) == (dns.NO_ERROR, 1)


def test_localhost_is_the_sandboxs_own(start):
    keeper = start(judge)
    [port] = keeper.serve("dns_udp")
    assert str(address(lookup(port, query("app.localhost")))) == "127.0.0.1"
    assert keeper.all(say.Ask) == []


def test_there_is_an_end_to_names(start):
    """What a tunnel over DNS needs: many names. They are not even asked for any more."""
    keeper = start(judge)
    [port] = keeper.serve("dns_udp", names=3)
    codes = [code(lookup(port, query(f"{number}.evil.test")))[0] for number in range(6)]
    assert codes == [dns.NO_SUCH_NAME] * 6
    assert len(keeper.all(say.Ask)) == 3
    assert keeper.wait(say.Alert).kind == "flood"


def test_over_tcp_several_after_each_other(start):
    keeper = start(judge)
    [port] = keeper.serve("dns_tcp")
    framed = b"".join(len(one).to_bytes(2, "big") + one for one in (query("a.test"), query("b.test")))
    with dial(port) as connection:
        for piece in (framed[:1], framed[1:40], framed[40:]):
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        data = rest(connection)
    length = int.from_bytes(data[:2], "big")
    assert code(data[2 : 2 + length]) == (dns.NO_ERROR, 1)
    assert code(data[4 + length :]) == (dns.NO_SUCH_NAME, 0)


# ------------------------------------------------------------------------------------------- ports behind the address
def test_an_address_that_stands_for_no_name(start):
    keeper = start(judge)
    plain, secure = keeper.serve("http", "https")
    for port in (plain, secure):
        with dial(port, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n") as connection:
            assert rest(connection) == b""
    keeper.wait(say.Refused, lambda told: "stands for no name" in told.text, count=2)
    assert keeper.all(say.Opened) == []
