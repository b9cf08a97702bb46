"""The agent's pure decisions: addresses, the way out, restarts, limits, plain probes, ports."""

from __future__ import annotations

import pytest

from longshore.model.errors import ShoreError
from longshore.model.restarts import restart_delay
from longshore.model.service import Resources, RestartPolicy
from longshore.native.agent.container.ordering import split_host
from longshore.native.agent.health.plain import PlainProbe, plain
from longshore.native.agent.network.addresses import (
    PoolExhausted,
    choose_address,
    choose_subnet,
    gateway_of,
    host_networks,
)
from longshore.native.agent.network.hub import hardware_address
from longshore.native.agent.network.relay import HOST_AS_SEEN, outbound_target
from longshore.native.agent.signals import signal_number
from longshore.native.image.model import Client
from longshore.native.image.providers import postgres, redis
from longshore.native.inside.process import processors
from longshore.native.shared.cgroups import settings_v1, settings_v2
from longshore.native.shared.ports import choices


def test_subnets_keep_clear_of_the_hosts_routes() -> None:
    assert choose_subnet(()) == "172.18.0.0/16"
    assert choose_subnet(["172.16.0.0/12"]) == "192.168.0.0/20"
    assert choose_subnet(["172.18.5.0/24", "172.19.0.0/16"]) == "172.20.0.0/16"
    with pytest.raises(PoolExhausted, match="ipam"):
        choose_subnet(["0.0.0.0/0"])


def test_addresses_come_from_the_pool_lowest_first() -> None:
    assert gateway_of("10.1.0.0/24") == "10.1.0.1"
    assert choose_address("10.1.0.0/29", {"10.1.0.1", "10.1.0.2"}) == "10.1.0.3"
    assert choose_address("10.1.0.0/16", (), "10.1.5.0/24") == "10.1.5.1"
    with pytest.raises(PoolExhausted, match=r"10\.1\.0\.0/30"):
        choose_address("10.1.0.0/30", {"10.1.0.1", "10.1.0.2"})


def test_the_hosts_routes_are_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    table = tmp_path / "route"
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    table.write_text(
        head
        + "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        + "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    )
    assert host_networks(str(table)) == ("10.0.0.0/24",)
    assert host_networks(str(tmp_path / "none")) == ()


def test_an_address_always_has_the_same_hardware_address() -> None:
    assert hardware_address("172.18.0.2").hex(":") == "02:42:ac:12:00:02"


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("172.18.0.1", HOST_AS_SEEN),  # the gateway stands for the host
        ("93.184.216.34", "93.184.216.34"),
        ("10.9.9.9", "10.9.9.9"),
        ("172.19.0.5", None),  # another network of the project
        ("172.19.0.1", None),  # its gateway
        ("127.0.0.1", None),
        ("224.0.0.1", None),
        ("0.0.0.0", None),
    ],
)
def test_where_a_container_may_go(destination: str, expected: str | None) -> None:
    assert outbound_target(destination, "172.18.0.1", ("172.18.0.0/16", "172.19.0.0/16")) == expected


@pytest.mark.parametrize(
    ("policy", "code", "attempt", "expected"),
    [
        (RestartPolicy("no"), 1, 1, None),
        (RestartPolicy("always"), 0, 1, 0.1),
        (RestartPolicy("always"), 0, 2, 0.2),
        (RestartPolicy("always"), 0, 4, 0.8),
        (RestartPolicy("always"), 0, 40, 60.0),
        (RestartPolicy("unless-stopped"), 3, 1, 0.1),
        (RestartPolicy("on-failure"), 0, 1, None),
        (RestartPolicy("on-failure"), 1, 1, 0.1),
        (RestartPolicy("on-failure", max_attempts=2), 1, 2, 0.2),
        (RestartPolicy("on-failure", max_attempts=2), 1, 3, None),
        (RestartPolicy("always", delay=5.0), 1, 9, 5.0),
    ],
)
def test_restart_delay(policy: RestartPolicy, code: int, attempt: int, expected: float | None) -> None:
    assert restart_delay(policy, code, attempt) == expected


def test_limits_as_control_group_settings() -> None:
    limits = Resources(memory=64 << 20, cpus=0.5, pids=10, memory_swap=128 << 20)
    assert settings_v2(limits) == {
        "memory.max": str(64 << 20),
        "memory.swap.max": str(64 << 20),
        "cpu.max": "50000 100000",
        "pids.max": "10",
    }
    assert settings_v1(limits) == {
        "memory/memory.limit_in_bytes": str(64 << 20),
        "memory/memory.memsw.limit_in_bytes": str(128 << 20),
        "cpu/cpu.cfs_period_us": "100000",
        "cpu/cpu.cfs_quota_us": "50000",
        "pids/pids.max": "10",
    }
    assert settings_v1(Resources()) == settings_v2(Resources()) == {}


CURL = PlainProbe(8000, "/health", "localhost:8000", kind="http")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (("CMD", "curl", "-f", "http://localhost:8000/health"), CURL),
        (("CMD-SHELL", "curl -f http://localhost:8000/health || exit 1"), CURL),
        (("CMD-SHELL", "curl -fsS -o /dev/null http://localhost:8000/health || false"), CURL),
        (("CMD", "curl", "-f", "localhost:8000/health"), CURL),
        (("CMD", "curl", "-f", "http://127.0.0.1/?a=1"), PlainProbe(80, "/?a=1", "127.0.0.1", kind="http")),
        (
            ("CMD", "wget", "--quiet", "--tries=1", "--spider", "http://localhost:80"),
            PlainProbe(80, "/", "localhost:80", "HEAD", "http"),
        ),
        (("CMD-SHELL", "nc -z localhost 5432"), PlainProbe(5432)),
        (("CMD", "curl", "http://localhost:8000/health"), None),  # without -f a 500 is success
        (("CMD", "curl", "-fL", "http://localhost/"), None),
        (("CMD", "curl", "-f", "-u", "a:b", "http://localhost/"), None),
        (("CMD", "curl", "-f", "https://localhost/"), None),
        (("CMD", "curl", "-f", "http://db:8000/"), None),
        (("CMD", "curl", "-f", "http://a:b@localhost/"), None),
        (("CMD", "curl", "-f", "http://localhost/a", "http://localhost/b"), None),
        (("CMD", "curl", "-f", "http://localhost:99999/"), None),
        (("CMD-SHELL", "curl -f http://localhost:$PORT/"), None),
        (("CMD-SHELL", "curl -f http://localhost/ | grep ok"), None),
        (("CMD-SHELL", "curl -f http://localhost/ && true"), None),
        (("CMD-SHELL", "curl -f 'http://localhost/"), None),
        (("CMD", "wget", "http://localhost"), None),  # writes a file
        (("CMD", "nc", "-z", "db", "5432"), None),
        (("CMD", "nc", "-z", "-u", "localhost", "53"), None),
        (("CMD", "pg_isready"), None),
        (("CMD-SHELL", ""), None),
        (("CMD",), None),
    ],
)
def test_probes_that_need_no_process(test: tuple[str, ...], expected: PlainProbe | None) -> None:
    assert plain(test) == expected


def test_a_proxy_in_the_environment_needs_the_program_itself() -> None:
    assert plain(("CMD", "curl", "-f", "http://localhost/"), {"http_proxy": "x"}) is None


PG, REDIS = postgres.CLIENT, redis.PROVIDER.server("7").client


def asks(client: Client, port: int, host: str = "127.0.0.1", user: str = "") -> PlainProbe:
    body = client.ask.replace("USER", user or client.usual_user)
    size = (len(body) + 4).to_bytes(4, "big").decode("latin-1") if client.sized else ""
    return PlainProbe(port, host=host, kind="client", client=client, ask=size + body)


@pytest.mark.parametrize(
    ("test", "client", "expected"),
    [
        (("CMD-SHELL", "pg_isready -U app_user -d app_db"), PG, asks(PG, 5432, user="app_user")),
        (("CMD", "pg_isready", "--host=localhost", "-p", "5433"), PG, asks(PG, 5433, "localhost")),
        (("CMD-SHELL", "pg_isready -U u || exit 1"), PG, asks(PG, 5432, user="u")),
        (("CMD-SHELL", "pg_isready -U $USER"), PG, None),
        (("CMD", "pg_isready", "-h", "other"), PG, None),
        (("CMD", "pg_isready", "-d", "host=other dbname=x"), PG, None),
        (("CMD", "pg_isready", "-d", "postgresql://other/x"), PG, None),
        (("CMD", "pg_isready", "-t", "1"), PG, None),
        (("CMD", "pg_isready"), None, None),
        (("CMD", "redis-cli", "ping"), REDIS, asks(REDIS, 6379)),
        (("CMD", "redis-cli", "-p", "6380", "PING"), REDIS, asks(REDIS, 6380)),
        (("CMD", "redis-cli", "-a", "secret", "ping"), REDIS, None),
        (("CMD", "redis-cli", "--raw", "incr", "ping"), REDIS, None),
        (("CMD-SHELL", "redis-cli ping | grep PONG"), REDIS, None),
        (("CMD", "redis-cli", "ping"), PG, None),
    ],
)  # fmt: skip
def test_clients_that_ask_their_own_server(
    test: tuple[str, ...], client: Client | None, expected: PlainProbe | None
) -> None:
    assert plain(test, client=client) == expected


def test_what_pg_isready_asks_is_a_whole_start_packet() -> None:
    found = plain(("CMD", "pg_isready"), {"POSTGRES_USER": "owner"}, PG)
    assert found
    packet = found.ask.encode("latin-1")
    assert b"\0user\0owner\0database\0postgres\0" in packet
    assert packet.endswith(b"\0\0")
    assert int.from_bytes(packet[:4], "big") == len(packet)
    assert packet[4:8] == (3 << 16).to_bytes(4, "big")


def test_variables_that_change_what_a_client_does() -> None:
    assert plain(("CMD", "pg_isready"), {"PGHOST": "x"}, PG) is None
    assert plain(("CMD", "redis-cli", "ping"), {"REDISCLI_AUTH": "x"}, REDIS) is None


def test_published_ports_to_try() -> None:
    assert list(choices("")) == [0]
    assert list(choices("8080")) == [8080]
    assert list(choices("8080-8082")) == [8080, 8081, 8082]


def test_extra_hosts_in_both_forms() -> None:
    assert split_host("db=10.0.0.1") == ("db", "10.0.0.1")
    assert split_host("db:10.0.0.1") == ("db", "10.0.0.1")
    assert split_host("db=[::1]") == ("db", "::1")
    assert split_host("db:::1") == ("db", "::1")


def test_signals_by_name_and_number() -> None:
    assert signal_number("SIGUSR1") == signal_number("usr1") == signal_number("10") == 10
    assert signal_number("SIGRTMIN+3") == signal_number("rtmin+3") == 37
    for name in ("SIGNOPE", "SIGRTMIN+16"):
        with pytest.raises(ShoreError, match="not a signal"):
            signal_number(name)


def test_processor_sets() -> None:
    assert processors("0-2,4") == {0, 1, 2, 4}
