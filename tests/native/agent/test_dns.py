"""The name server's packets."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.native.agent.network.dns import View, answer, failure, host_servers, parse, search_domains

VIEW = View(
    {"db": ("172.18.0.2", "172.18.0.3"), "web": ("172.18.0.4",), "stopped": ()}.get,
    {"172.18.0.2": "shop-db-1.shop_default"}.get,
    (),
)


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def records(packet: bytes) -> list[tuple[int, bytes]]:
    count = struct.unpack_from(">H", packet, 6)[0]
    question = parse(packet[:2] + b"\x01\x00" + packet[4:])
    assert question is not None
    offset, found = 12 + len(question.raw), []
    for _ in range(count):
        _, kind, _, _, length = struct.unpack_from(">HHHIH", packet, offset)
        found.append((kind, packet[offset + 12 : offset + 12 + length]))
        offset += 12 + length
    assert offset == len(packet)
    return found


def ask(name: str, kind: int = 1) -> bytes | None:
    question = parse(query(name, kind))
    assert question is not None
    return answer(question, VIEW)


def test_every_replica_is_answered() -> None:
    packet = ask("DB")
    assert packet is not None
    assert packet[:2] == b"\x12\x34"
    assert sorted(records(packet)) == [(1, bytes([172, 18, 0, 2])), (1, bytes([172, 18, 0, 3]))]


def test_no_ipv6_address_is_an_empty_answer_and_no_error() -> None:
    packet = ask("web", 28)
    assert packet is not None
    assert packet[3] & 0x0F == 0
    assert records(packet) == []


def test_a_service_that_does_not_run_has_no_name() -> None:
    packet = ask("stopped")
    assert packet is not None
    assert packet[3] & 0x0F == 3


def test_names_that_are_not_ours_are_asked_elsewhere() -> None:
    assert ask("example.org") is None
    assert ask("9.9.9.9.in-addr.arpa", 12) is None


def test_an_address_of_ours_has_a_name() -> None:
    packet = ask("2.0.18.172.in-addr.arpa", 12)
    assert packet is not None
    ((kind, data),) = records(packet)
    assert kind == 12
    assert b"shop-db-1" in data


def test_failure_repeats_the_question() -> None:
    question = parse(query("x.org"))
    assert question is not None
    assert failure(question)[3] & 0x0F == 2


@pytest.mark.parametrize(
    "packet",
    [b"", b"\0" * 12, query("a")[:-3], struct.pack(">HHHHHH", 1, 0x8000, 1, 0, 0, 0) + b"\1a\0\0\1\0\1", b"\xff" * 40],
)
def test_what_is_no_question(packet: bytes) -> None:
    assert parse(packet) is None


@given(st.binary(max_size=80))
def test_no_packet_breaks_the_parser(packet: bytes) -> None:
    parse(packet)


def test_the_hosts_own_servers(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "resolv.conf"
    path.write_text("# by hand\nnameserver 10.0.0.1\nnameserver ::1\nnameserver\nsearch a.org b.org\n")
    assert host_servers(str(path)) == ("10.0.0.1", "::1")
    assert search_domains(str(path)) == ("a.org", "b.org")
    assert host_servers(str(tmp_path / "none")) == ()
