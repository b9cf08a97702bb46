"""Hosts and ports behind the proxy that all projects of a Swarm share."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.ship.caddyfile import caddyfiles
from longshore.ship.plan import Present, make_plan
from longshore.ship.proxy import edges_of
from longshore.ship.release import Release, as_bytes, from_bytes, kept_names
from longshore.ship.routes import Piece, Route, bad_routes, conflicts, from_json
from longshore.ship.settings import Settings, settings_of
from tests.ship.make import shipped, spec, stack_of

SHOP = """
services:
  front: {image: front, ports: ["8080:80"]}
  api:
    image: api
    ports:
      - {target: 9, published: "9000", app_protocol: amqp}
      - {target: 7, published: "7000", mode: host}
  db: {image: "postgres:16", ports: ["5432:5432"], environment: {POSTGRES_PASSWORD: blue-whale-1}}
x-longshore: {ship: {hosts: {Shop.example.org: "front:80"}, tls: internal, answer_within: 3s}}
"""


def test_http_goes_behind_the_proxy_and_all_else_stays_on_the_node(tmp_path: Path) -> None:
    ship = shipped(tmp_path, SHOP)
    assert ship.piece == Piece(
        "demo", (Route("shop.example.org", 80, "demo_front", 80), Route("", 8080, "demo_front", 80)), "internal",
        answer_within=3.0,
    )  # fmt: skip
    assert spec(ship, "front")["TaskTemplate"]["Networks"][-1] == {"Target": "longshore-edge"}
    assert spec(ship, "front")["EndpointSpec"] == {"Mode": "dnsrr"}
    for name, ports in (("api", [(9, 9000), (7, 7000)]), ("db", [(5432, 5432)])):
        found = spec(ship, name)
        assert [(port["TargetPort"], port["PublishedPort"]) for port in found["EndpointSpec"]["Ports"]] == ports
        assert {port["PublishMode"] for port in found["EndpointSpec"]["Ports"]} == {"host"}
        assert {"Target": "longshore-edge"} not in found["TaskTemplate"]["Networks"]
    joined = shipped(tmp_path, SHOP, joined=frozenset({"demo_api"}))
    assert spec(joined, "api")["TaskTemplate"]["Networks"][-1] == {"Target": "longshore-edge"}


FRONT = """\
http://shop.example.org {
	redir https://{host}{uri} 308
}
https://shop.example.org {
	tls internal
	reverse_proxy {
		dynamic a tasks.demo_front 80 {
			refresh 1s
			resolvers 127.0.0.11:53
		}
		lb_policy round_robin
		lb_try_duration 10s
		lb_try_interval 50ms
		fail_duration 5s
		max_fails 10
		transport http {
			dial_timeout 300ms
			response_header_timeout 3s
		}
	}
}
"""


def test_the_files_of_the_proxy(tmp_path: Path) -> None:
    piece = shipped(tmp_path, SHOP).piece
    assert piece is not None
    other = Piece("blog", (Route("blog.example.org", 80, "blog_web", 8000), Route("", 80, "blog_web", 8000)), "off")
    found = caddyfiles([piece, other])
    assert list(found) == ["edge", "port-8080"]
    assert FRONT in found["edge"]
    assert "\nhttp://blog.example.org {\n" in found["edge"]
    assert "\nhttp:// {\n" in found["edge"]
    assert "http://:8080 {" in found["port-8080"]
    mark = _mark_of(found["edge"])
    assert f'respond "{mark}"' in found["edge"]
    assert caddyfiles([other, piece]) == found
    assert _mark_of(caddyfiles([other])["edge"]) != mark
    cert = Piece("c", (Route("c.org", 80, "c_w", 80),), "cert", "c_tls.cert_1", "c_tls.key_2")
    assert "tls /etc/longshore/tls/c_tls.cert_1 /etc/longshore/tls/c_tls.key_2\n" in caddyfiles([cert])["edge"]


def test_a_certificate_of_ones_own_is_a_pair_of_secrets(tmp_path: Path) -> None:
    text = SHOP.replace("tls: internal", "tls: {cert: a.pem, key: b.pem}")
    with pytest.raises(ShoreError, match=r"there is no file a\.pem"):
        shipped(tmp_path, text)
    ship = shipped(tmp_path, text, files={"tls:cert": b"certificate", "tls:key": b"a key"})
    assert ship.piece is not None
    pair = {one.name: one.content for one in ship.stored if one.name in (ship.piece.cert, ship.piece.key)}
    assert sorted(pair.values()) == [b"a key", b"certificate"]
    release = Release(1, "live", ship.services, piece=ship.piece)
    assert from_bytes(as_bytes(release, ship), "live").piece == ship.piece
    assert pair.keys() <= kept_names([release], 10)[1]


def test_certificates_of_another_authority(tmp_path: Path) -> None:
    text = SHOP.replace("tls: internal", "tls: {acme: 'https://ca.example.org/d', ca: root.pem}")
    with pytest.raises(ShoreError, match=r"tls\.ca: there is no file root\.pem"):
        shipped(tmp_path, text)
    ship = shipped(tmp_path, text, files={"tls:ca": b"a root"})
    assert ship.piece is not None
    (root,) = ship.piece.secrets
    assert root in {one.name for one in ship.stored}
    told = f"\ttls {{\n\t\tca https://ca.example.org/d\n\t\tca_root /etc/longshore/tls/{root}\n\t}}\n"
    assert told in caddyfiles([ship.piece])["edge"]
    assert from_json(ship.piece.as_json()) == ship.piece
    trusted = shipped(tmp_path, text.replace(", ca: root.pem", "")).piece
    assert trusted is not None
    assert "\ttls {\n\t\tca https://ca.example.org/d\n\t}\n" in caddyfiles([trusted])["edge"]
    stack = stack_of(tmp_path, text)
    assert (
        "acme fetches certificates on one node"
        in next(bad_routes(stack, settings_of(stack, lambda path: None), 3)).what
    )


def test_one_host_or_port_belongs_to_one_project(tmp_path: Path) -> None:
    piece = shipped(tmp_path, SHOP).piece
    assert piece is not None
    assert from_json(piece.as_json()) == piece
    other = Piece("blog", (Route("shop.example.org", 80, "blog_web", 80), Route("", 8080, "blog_web", 80)))
    found = [error.what for error in conflicts(piece, [piece, other], lambda host: None)]
    assert found == [
        "shop.example.org is routed to the project blog already", "port 8080 is routed to the project blog already"
    ]  # fmt: skip
    assert list(conflicts(piece, [piece], lambda host: None)) == []


def test_what_the_proxy_cannot_do(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, "services: {a: {image: x, ports: ['443:443']}}")
    assert "443 is the proxy's" in next(bad_routes(stack, Settings(), 1)).what
    stack = stack_of(tmp_path, SHOP.replace("tls: internal, ", ""))
    settings = settings_of(stack, lambda path: None)
    assert list(bad_routes(stack, settings, 1)) == []
    assert "certificates on one node; the proxy runs on 3" in next(bad_routes(stack, settings, 3)).what


def test_routes_are_the_last_step_and_only_what_changes_is_told(tmp_path: Path) -> None:
    ship = shipped(tmp_path, SHOP)
    step = make_plan(ship, Present(), everywhere=False).steps[-1]
    assert str(step) == "reload proxy      longshore-proxy  (routes shop.example.org, port 8080)"
    assert "reload proxy" not in str(make_plan(ship, Present(piece=ship.piece), everywhere=False))


def test_the_nodes_of_the_proxy() -> None:
    nodes = [{"ID": "a", "Spec": {"Labels": {"longshore.edge": "yes"}}}, {"ID": "b", "Spec": {}}]
    assert edges_of(nodes, "b").nodes == ("a",)
    assert edges_of(nodes[1:], "b").nodes == ("b",)
    assert edges_of(nodes[1:], "b").new


def _mark_of(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")
