"""x-longshore.ship: what it says, and what is wrong in it with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.flow.home import Where
from longshore.flow.reading import read
from longshore.model.errors import ShoreError
from longshore.ship.settings import Settings, settings_of
from tests.ship.make import stack_of


def _settings(folder: Path, text: str) -> Settings:
    stack = stack_of(
        folder,
        "services: {a: {image: x, volumes: ['data:/data']}}\n"
        f"volumes: {{data: {{}}}}\nx-longshore:\n  ship:\n    {text}\n",
    )
    where = Where(files=(str(folder / "compose.yaml"),), project="demo", environ={})
    return settings_of(stack, lambda path: read(where).place("x-longshore", "ship", *path))


def test_what_it_says(tmp_path: Path) -> None:
    found = _settings(tmp_path, "{registry: ghcr.io/example/shop/, secrets: [LOGIN], node: {data: one}, keep: 3}")
    assert found == Settings("ghcr.io/example/shop", ("LOGIN",), {"data": "one"}, 3)
    found = _settings(tmp_path, "{hosts: {A.example.org: 'a:80'}, tls: off, answer_within: 1m}")
    assert found == Settings(hosts={"a.example.org": ("a", 80)}, tls="off", answer_within=60.0)
    assert _settings(tmp_path, "{to: [ssh://me@one, two]}") == Settings(to=("ssh://me@one", "two"))
    found = _settings(tmp_path, "{tls: {acme: 'https://ca.example.org/acme', ca: root.pem}}")
    assert found == Settings(tls="acme", acme="https://ca.example.org/acme", ca="root.pem")
    assert _settings(tmp_path, "{tls: {acme: 'https://ca.example.org'}}").tls_files == {}
    assert _settings(tmp_path, "{tls: {cert: c.pem, key: k.pem}}") == Settings(tls="cert", cert="c.pem", key="k.pem")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("registy: x", "compose.yaml:5:14: x-longshore.ship.registy: is not known here"),
        ("to: ['http://a']", "x-longshore.ship.to: ['http://a'] names no managers"),
        ("hosts: [a]", "x-longshore.ship.hosts: must be a mapping"),
        ("hosts: {'https://a.org': 'a:80'}", "x-longshore.ship.hosts.https://a.org: is no name of a host"),
        ("hosts: {a.org: a}", "x-longshore.ship.hosts.a.org: 'a' is no service with its port"),
        ("hosts: {a.org: 'b:80'}", "compose.yaml:5:20: x-longshore.ship.hosts.a.org: b is no service"),
        ("tls: on", "x-longshore.ship.tls: "),
        ("tls: {cert: a}", "is no way to have certificates"),
        ("tls: {ca: a}", "is no way to have certificates"),
        (
            "tls: {acme: 'http://a.org/d'}",
            "compose.yaml:5:17: x-longshore.ship.tls.acme: 'http://a.org/d' is no address",
        ),
        ("tls: {acme: 'https://a.org/ }'}", "is no address of an ACME directory"),
        ("answer_within: soon", "'soon' is no length of time"),
        ("registry: 'https://x'", "'https://x' is no registry"),
        ("secrets: LOGIN", "must be a list of names of variables"),
        ("node: {date: one}", "x-longshore.ship.node.date: is no volume"),
        ("keep: 0", "0 is no number of releases"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ShoreError) as caught:
        _settings(tmp_path, text)
    assert words in str(caught.value)
    assert caught.value.hint
