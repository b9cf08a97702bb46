"""An nginx that asks for a service's address once."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.ship.innerhops import asked_once, inner_hops

NAMES = ("backend", "api")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("location / {\n  proxy_pass http://backend:8000;\n}", [(2, "backend")]),
        ("location / { proxy_pass http://backend; }".replace("{ ", "{\n"), [(2, "backend")]),
        ("grpc_pass grpc://api:50051;\nfastcgi_pass backend:9000;", [(1, "api"), (2, "backend")]),
        ("upstream app {\n  server backend:8000 max_fails=0;\n}\nproxy_pass http://app;", [(2, "backend")]),
        ("upstream backend {\n  server api:8000;\n}\nproxy_pass http://backend/;", [(2, "api")]),
        ("upstream app {\n  server backend:8000 resolve;\n}\nproxy_pass http://app;", []),
        ("resolver 127.0.0.11 valid=1s;\nset $app http://backend:8000;\nproxy_pass $app;", []),
        ("# proxy_pass http://backend;\nproxy_pass http://elsewhere.example.org;\nproxy_pass http://${BACKEND};", []),
    ],
)
def test_what_is_asked_once(text: str, found: list[tuple[int, str]]) -> None:
    assert list(asked_once(text, NAMES)) == found


def test_it_is_told_with_file_and_line(tmp_path: Path) -> None:
    for folder in ("front/nginx", "front/node_modules"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "default.conf.template").write_text("server {\n  proxy_pass http://backend;\n}\n")
    front = Service("front", build=Build(context=str(tmp_path / "front")))
    stack = Stack("p", str(tmp_path), services={"front": front, "backend": Service("backend", image="x")})
    (said,) = inner_hops(stack)
    assert said.startswith("front/nginx/default.conf.template:2: nginx asks for the address of backend once")
