"""Variables that are named alone: in a build, in a command's process on each engine."""

from __future__ import annotations

from longshore.docker.container.execs import exec_body
from longshore.engine.base import BuildOptions, ExecRequest
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.model.variables import valued, with_values
from longshore.native.agent.container.commands import Wanted, exec_order
from longshore.native.image.build.dated import given_values
from longshore.native.shared.spec import ContainerSpec

GIVEN = {"A": "1", "EMPTY": "", "OUTSIDE": None, "NOWHERE": None}
OUTSIDE = {"OUTSIDE": "o", "A": "not asked"}


def test_they_have_the_environments_value_where_it_has_one() -> None:
    assert with_values(GIVEN, OUTSIDE) == {"A": "1", "EMPTY": "", "OUTSIDE": "o", "NOWHERE": None}
    assert valued(GIVEN, OUTSIDE) == {"A": "1", "EMPTY": "", "OUTSIDE": "o"}


def test_docker_takes_away_what_has_no_value() -> None:
    body = exec_body(ExecRequest(("true",), environment=with_values(GIVEN, OUTSIDE)), stdin=False)
    assert body["Env"] == ["A=1", "EMPTY=", "OUTSIDE=o", "NOWHERE"]


def test_natively_what_has_no_value_is_taken_away() -> None:
    environment = {"NOWHERE": "of the service", "KEPT": "k"}
    spec = ContainerSpec("id", "p-web-1", "p", "web", ("true",), (), environment=environment)
    order = exec_order(spec, Wanted(("true",), environment={"A": "1", "NOWHERE": None}), (), nested=False)
    assert order.environment == {"KEPT": "k", "A": "1"}


def test_an_argument_without_a_value_takes_the_files_away() -> None:
    build = Build(".", args={"A": "file", "B": "file", "C": "file"})
    stack = Stack("p", "/", environment={"B": "outside"})
    assert given_values(build, BuildOptions({"A": None, "B": None}), stack) == {"B": "outside", "C": "file"}
