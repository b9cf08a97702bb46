"""What instructions make of a stage's configuration, its paths and owners, and what a RUN is carried out with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.dockerfile.instructions import Instruction, parse
from longshore.engine.registry.manifests import Descriptor
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import replace
from longshore.model.service import Build
from longshore.native.image.build.command import argv, environment
from longshore.native.image.build.settings import SETTINGS, Scope, workdir
from longshore.native.image.build.state import StageState, begin_from_image, begin_from_stage, scratch
from longshore.native.image.build.survey import base_images
from longshore.native.image.debian.additions import copy_accounts, data_directory, initial_scripts, script
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.oci.told import Told
from longshore.native.image.store.tree import Account
from longshore.state.events import Event, ImageFetching


def instructions(text: str) -> tuple[Instruction, ...]:
    return parse(f"FROM scratch\n{text}\n", "Dockerfile").stages[0].instructions


def after(text: str, state: StageState | None = None, **given: str) -> StageState:
    state = state or StageState((), "k")
    scope = Scope(given, {"EARLY": "before"}, "\\")
    for one in instructions(text):
        (workdir if one.keyword == "WORKDIR" else SETTINGS[one.keyword])(state, one, scope)
    return state


def test_arguments() -> None:
    found = after("ARG A=1\nARG B=$A-2\nARG C\nARG EARLY\nARG D=mine\nARG EMPTY=", D="$A")
    assert found.values == {"A": "1", "B": "1-2", "EARLY": "before", "D": "$A", "EMPTY": ""}
    assert found.env == {}, "an image does not carry its arguments"


def test_pairs_are_read_with_what_was_before() -> None:
    found = after("ENV A=1\nENV A=2 B=$A\nLABEL of=$B-$A\nLABEL more=x")
    assert found.env == found.values == {"A": "2", "B": "1"}
    assert found.labels == {"of": "1-2", "more": "x"}


def test_the_user_of_a_provider_ends_where_one_is_given() -> None:
    found = after("ENV WHO=me\nUSER $WHO", StageState((), "k", starts_as="postgres"))
    assert (found.user, found.starts_as) == ("me", "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("WORKDIR /a/../b/", "/a/../b/"),
        ("WORKDIR a\nWORKDIR b/..", "/a"),
        ("WORKDIR /srv\nWORKDIR app/", "/srv/app"),
        ("WORKDIR /srv\nWORKDIR ../..", "/"),
        ("ENV P=/x\nWORKDIR $P/y", "/x/y"),
        ('WORKDIR /srv\nWORKDIR "$NONE"', "/srv"),
    ],
)
def test_working_directories(text: str, place: str) -> None:
    assert after(text).working_dir == place


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("f", "/srv/f"), ("d/", "/srv/d/"), ("d/.", "/srv/d/."), (".", "/srv/"), ("", "/srv/"), ("..", "/"),
        ("../", "/"), ("/", "/"), ("/.", "/."), ("//etc/x", "/etc/x"), ("/a/./b/../c", "/a/c"),
        (".hidden", "/srv/.hidden"),
    ],
)  # fmt: skip
def test_paths_from_the_working_directory(path: str, whole: str) -> None:
    assert StageState((), "k", working_dir="/srv").absolute(path) == whole


def test_without_a_working_directory_paths_are_from_the_root() -> None:
    assert StageState((), "k").absolute("f") == "/f"


@pytest.fixture
def layer(tmp_path: Path) -> str:
    (tmp_path / "layer/etc").mkdir(parents=True)
    (tmp_path / "layer/etc/passwd").write_text("root:x:0:0::/root:/bin/sh\napp:x:1000:2000::/home/app:/bin/sh\n")
    (tmp_path / "layer/etc/group").write_text("root:x:0:\nstaff:x:50:\n")
    return str(tmp_path / "layer")


@pytest.mark.parametrize(
    ("who", "owner"),
    [
        ("app", (1000, 2000)), ("app:staff", (1000, 50)), ("app:7", (1000, 7)), ("7", (7, 7)), ("7:8", (7, 8)),
        ("root", (0, 0)), ("app:root", (1000, 0)), ("nobody-here", (0, 0)), (":staff", (0, 50)), (":7", (0, 7)),
        ("app:nowhere", (1000, 2000)), ("7:", (7, 0)), ("app:", (1000, 0)), ("", (0, 0)),
    ],
)  # fmt: skip
def test_owners(layer: str, who: str, owner: tuple[int, int]) -> None:
    assert StageState((layer,), "k").owner(who) == owner


def test_names_of_owners_want_an_image_that_has_them() -> None:
    empty = StageState((), "k")
    assert (empty.owner("7"), empty.owner("root:8"), empty.owner("")) == ((7, 7), (0, 8), (0, 0))
    for who in ("app", "7:staff"):
        with pytest.raises(ShoreError, match=f"the user {who} cannot be looked up") as raised:
            empty.owner(who)
        assert raised.value.hint == "give numbers"


def test_ports_and_volumes_are_each_there_once() -> None:
    found = after('ENV P=80\nEXPOSE $P 443/udp\nEXPOSE 80 8000-8001\nVOLUME /a "/b"\nVOLUME ["/a", "/c"]')
    assert found.exposed == ("80/tcp", "443/udp", "8000/tcp", "8001/tcp")
    assert found.volumes == ("/a", "/b", "/c")
    with pytest.raises(ValueError, match="a path in VOLUME is empty"):
        after('VOLUME ["/a", "$NONE"]')


def test_stop_signals() -> None:
    for name in ("SIGTERM", "TERM", "9", "SIGRTMIN+3", "rtmax-1"):
        assert after(f"STOPSIGNAL {name}").stop_signal == name
    for name in ("SIGNONE", "0", "SIGRTMIN+16"):
        with pytest.raises(ValueError, match="is not a signal"):
            after(f"STOPSIGNAL {name}")


def test_a_command_is_run_by_the_shell_that_is_set_unless_it_is_a_list() -> None:
    assert after('CMD a "b"').cmd == ("/bin/sh", "-c", 'a "b"')
    assert after('SHELL ["bash", "-ec"]\nCMD a b').cmd == ("bash", "-ec", "a b")
    assert after('CMD ["a", "b c"]').cmd == ("a", "b c")


def test_an_entry_point_empties_the_bases_command_and_not_its_own() -> None:
    base = StageState((), "k", cmd=("of", "the", "base"))
    assert after('ENTRYPOINT ["x"]', base.copy()).cmd == ()
    own = after('CMD ["y"]\nENTRYPOINT ["x"]', base.copy())
    assert (own.entrypoint, own.cmd) == (("x",), ("y",))
    assert after('ENTRYPOINT ["z"]', begin_from_stage(own)).cmd == (), "of another stage it is the base's"


def test_triggers_are_kept_as_they_are_written() -> None:
    found = after("ONBUILD RUN a   $B\nONBUILD RUN <<EOF\nline\nEOF")
    assert found.onbuild == ("RUN a   $B", "RUN <<EOF\nline\nEOF")


def test_health_checks() -> None:
    assert after("HEALTHCHECK none").healthcheck == HealthCheck(test=("NONE",))
    text = "HEALTHCHECK --interval=1m --timeout=2s --retries=4 --start-period=5s --start-interval=500ms CMD curl -f x"
    assert after(text).healthcheck == HealthCheck(
        test=("CMD-SHELL", "curl -f x"), interval=60, timeout=2, retries=4, start_period=5, start_interval=0.5
    )
    assert after('HEALTHCHECK CMD ["a", "b"]').healthcheck == HealthCheck(test=("CMD", "a", "b"))


def test_a_stage_from_an_image_has_all_of_it_and_a_path() -> None:
    config = ImageConfig(env={"A": "1"}, cmd=("c",), user="me", labels={"l": "1"}, shell=("bash",), onbuild=("RUN x",))
    begun = begin_from_image(Image("img", "sha256:0", (), config, runs="img on Debian"))
    assert begun.env == begun.values == {"A": "1", "PATH": scratch().env["PATH"]}
    assert (begun.config().cmd, begun.config().user, begun.config().onbuild) == (("c",), "me", ("RUN x",))
    assert (begun.config().labels, begun.config().shell, begun.runs) == ({"l": "1"}, ("bash",), "img on Debian")
    own = replace(config, env={"PATH": "/mine"})
    assert begin_from_image(Image("img", "sha256:0", (), own)).env == {"PATH": "/mine"}


def test_a_copy_of_a_stage_is_its_own() -> None:
    first = after("ENV A=1\nLABEL a=1\nARG X=1\nCMD x")
    second = after("ENV A=2\nLABEL a=2\nARG X=2", begin_from_stage(first))
    assert (first.env, first.labels, first.values) == ({"A": "1"}, {"a": "1"}, {"A": "1", "X": "1"})
    assert (second.env, second.labels, second.values) == ({"A": "2"}, {"a": "2"}, {"A": "2", "X": "2"})
    assert (first.cmd_here, second.cmd_here) == (True, False)


@pytest.mark.parametrize(
    ("text", "words", "laid"),
    [
        ("RUN make  all", ("/bin/sh", "-c", "make  all"), None),
        ('RUN ["make", "all"]', ("make", "all"), None),
        ("RUN <<EOF\na\nb\nEOF", ("/bin/sh", "-c", "a\nb\n"), None),
        ("RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF", ("/dev/pipes/EOF",),
         ("/dev/pipes/EOF", "#!/usr/bin/env python3\nprint()\n")),
        ("RUN <<-EOF\n\t\ta\nEOF", ("/bin/sh", "-c", "a\n"), None),
        ("RUN cat <<EOF > f\na\nEOF", ("/bin/sh", "-c", "cat <<EOF > f\na\nEOF"), None),
        ("RUN cat <<A - <<B\n1\nA\n2\nB", ("/bin/sh", "-c", "cat <<A - <<B\n1\nA\n2\nB"), None),
    ],
)  # fmt: skip
def test_what_a_run_executes(text: str, words: tuple[str, ...], laid: tuple[str, str] | None) -> None:
    (one,) = instructions(text)
    assert argv(StageState((), "k"), one) == (words, laid)


def test_a_run_of_no_words() -> None:
    (one,) = instructions('RUN ["a"]')
    with pytest.raises(ValueError, match="a command is required"):
        argv(StageState((), "k"), replace(one, words=()))


def test_the_environment_of_a_run() -> None:
    state = StageState((), "k", values={"A": "1", "no_proxy": "own"})
    given = {"HTTP_PROXY": "http://p", "no_proxy": "given", "OTHER": "x"}
    assert environment(state, given, None) == {
        "HTTP_PROXY": "http://p", "http_proxy": "http://p", "NO_PROXY": "given", "no_proxy": "own", "A": "1",
        "HOME": "/root",
    }  # fmt: skip
    account = Account("app", 1000, 1000, "/home/app")
    assert environment(StageState((), "k"), {}, account) == {"HOME": "/home/app"}
    assert environment(StageState((), "k", values={"HOME": "/mine"}), {}, account) == {"HOME": "/mine"}


def bases(text: str, **fields: object) -> tuple[str, ...]:
    return base_images(Build("/nowhere", dockerfile_inline=text, **fields))  # type: ignore[arg-type]


def test_base_images_are_those_that_the_target_needs() -> None:
    text = """
        FROM node:22 AS site
        FROM golang:1 AS unused
        FROM scratch AS bare
        FROM python:3.12 AS app
        COPY --from=site /a /a
        COPY --from=busybox:1 /b /b
        RUN --mount=type=bind,from=alpine:3,target=/x true
        FROM app AS last
        COPY --from=busybox:1 /c /c
    """
    assert sorted(bases(text)) == ["alpine:3", "busybox:1", "node:22", "python:3.12"]
    assert bases(text, target="unused") == ("golang:1",)
    assert bases(text, target="bare") == ()
    assert bases("FROM $WHAT") == ()
    assert bases("ARG V=1\nFROM a:$V", args={"V": "2"}) == ("a:2",)
    assert bases("NONSENSE") == ()
    assert bases(text, target="none") == ()


def test_what_stands_for_an_image_is_named_in_its_place() -> None:
    text = "FROM base\nCOPY --from=tool /a /a\nCOPY --from=other /b /b\nCOPY --from=near /c /c"
    contexts = {"base": "docker-image://debian:12", "tool": "service:tool", "near": "/folder"}
    assert bases(text, additional_contexts=contexts) == ("debian:12", "other")


def test_scripts_are_programs(tmp_path: Path) -> None:
    initial_scripts(tmp_path)
    initial_scripts(tmp_path)
    assert (tmp_path / "docker-entrypoint-initdb.d").is_dir()
    common = tmp_path / "usr/local/lib/longshore/initdb-common.sh"
    assert os.access(common, os.X_OK)
    assert common.stat().st_mode & 0o777 == 0o755
    script(tmp_path, "/deep/er/x", "initdb-common.sh", {"NOTHING": "1"})
    assert (tmp_path / "deep/er/x").read_text() == common.read_text()


def test_accounts_can_be_added_to_where_they_are_copied(
    tmp_path: Path, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned: dict[str, tuple[int, int]] = {}
    own = "longshore.native.image.debian.rootfs.own"
    monkeypatch.setattr(own, lambda path, uid, gid: owned.__setitem__(path.name, (uid, gid)))
    (Path(layer) / "etc/shadow").write_text("root:*\n")
    (Path(layer) / "etc/gshadow").write_text("root:*\n")
    (tmp_path / "new").mkdir()
    copy_accounts(tmp_path / "new", [layer])
    copy_accounts(tmp_path / "new", [layer])
    etc = tmp_path / "new/etc"
    assert {one.name: one.stat().st_mode & 0o777 for one in etc.iterdir()} == {
        "passwd": 0o644, "group": 0o644, "shadow": 0o640, "gshadow": 0o640,
    }  # fmt: skip
    assert owned == {"passwd": (0, 0), "group": (0, 0), "shadow": (0, 42), "gshadow": (0, 42)}
    assert "app:x:1000" in (etc / "passwd").read_text()
    data_directory(tmp_path, "/var/lib/data", 7, 8)
    data_directory(tmp_path, "/var/lib/data", 7, 8, 0o700)
    assert owned["data"] == (7, 8)
    assert (tmp_path / "var/lib/data").stat().st_mode & 0o777 == 0o700
    data_directory(tmp_path, "/var/lib/more", 1, 1)
    assert (tmp_path / "var/lib/more").stat().st_mode & 0o777 == 0o755


def test_a_transfer_tells_how_far_it_is_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("longshore.native.image.oci.told.time.monotonic", lambda: now[0])
    said: list[Event] = []
    told = Told("redis:7", said.append, "cache")
    blobs = [Descriptor("", f"sha256:{n}", 50) for n in "ab"]
    told.expect([])
    assert said == []
    told.expect(blobs)
    told.have(blobs[0], 10)
    now[0] += 0.125
    told.have(blobs[0], 20)
    told.have(blobs[1], 5)
    told.have(blobs[1], 50)
    told.have(blobs[0], 50)
    assert all(isinstance(one, ImageFetching) and (one.service, one.what) == ("cache", "redis:7") for one in said)
    assert [(one.done, one.total) for one in said if isinstance(one, ImageFetching)] == [
        (0, 100),
        (20, 100),
        (100, 100),
    ]
