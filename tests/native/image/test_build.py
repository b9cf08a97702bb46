"""Dockerfiles carried out for real."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.model.service import BuildSecret
from longshore.model.stack import FileObject, Stack
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.tree import LayerTree
from longshore.state.events import BuildFinished
from tests.native.image.conftest import Workshop, command_lines, output_of

pytestmark = pytest.mark.e2e

STEPS = """\
FROM debian:bookworm-slim AS base
ENV GREETING="hello world"
WORKDIR /app
COPY requirements.txt .
RUN cat requirements.txt > installed && echo "$GREETING" >> installed
COPY . .
RUN cat code.py > compiled
"""


async def test_only_what_depends_on_a_change_is_done_again_and_it_says_why(workshop: Workshop) -> None:
    workshop.file("requirements.txt", "one\n")
    workshop.file("code.py", "a\n")
    first = await workshop.build(STEPS)
    assert LayerTree(first.layers).read_text("/app/installed") == "one\nhello world\n"
    assert set(workshop.done.values()) == {"first build"}

    same = await workshop.build(STEPS)
    assert (workshop.done, same.id) == ({}, first.id)

    workshop.file("code.py", "b\n")
    await workshop.build(STEPS)
    assert workshop.done == {"COPY . .": "code.py changed", "RUN cat code.py > compiled": "an earlier step changed"}

    workshop.file("requirements.txt", "two\n")
    await workshop.build(STEPS)
    assert next(iter(workshop.done.items())) == ("COPY requirements.txt .", "requirements.txt changed")
    finished = workshop.events[-1]
    assert isinstance(finished, BuildFinished)
    assert finished.changed == "requirements.txt changed"

    os.utime(workshop.context / "code.py", (1, 1))
    await workshop.build(STEPS)
    assert workshop.done == {}, "a time stamp alone changes nothing"

    await workshop.build(STEPS.replace("hello world", "good day"))
    assert next(iter(workshop.done.values())) == "GREETING changed"

    workshop.file("new.py", "n\n")
    await workshop.build(STEPS)
    assert workshop.done["COPY . ."] == "new.py added"


async def test_steps_are_shared_between_projects(workshop: Workshop, tmp_path: Path, image_cache: Path) -> None:
    workshop.file("f", "shared between projects")
    await workshop.build("FROM debian:bookworm-slim\nCOPY f /f\nRUN cat /f > /g\n")
    other = Workshop(ImageStore(image_cache), tmp_path / "other")
    other.file("f", "shared between projects")
    await other.build("FROM debian:bookworm-slim\nCOPY f /f\nRUN cat /f > /g\n", tag="other")
    assert other.done == {}


FORMS = """\
# syntax=docker/dockerfile:1
ARG SUITE=bookworm
FROM debian:${SUITE}-slim AS base
ARG WHO=nobody
ARG SUITE
ENV PATH=/opt/bin:$PATH WHERE=/srv/${WHO}
WORKDIR ${WHERE}
WORKDIR sub
RUN ["/bin/sh", "-c", "pwd > exec.txt"]
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN [[ $WHO == you ]] && echo "$WHO $SUITE" > shell.txt
RUN <<EOF
printf '%s' "heredoc $WHO" > heredoc.txt
EOF
RUN <<EOF
#!/usr/bin/env perl
open(F, ">perl.txt"); print F "perl"; close(F);
EOF
COPY <<EOF <<"RAW" /texts/
who=$WHO
EOF
raw=$WHO
RAW
RUN --mount=type=cache,target=/cache echo x >> /cache/n && wc -l < /cache/n > count.txt
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x && ! grep -q ' /scratch ext' /proc/mounts
RUN --mount=type=bind,source=data,target=/data cat /data/in.txt > bound.txt && ! touch /data/x 2>/dev/null
RUN --mount=type=secret,id=token,required=true cat /run/secrets/token | wc -c > secret-length.txt
RUN --network=none ! cat /proc/net/route | grep -q eth
COPY --chmod=750 data/in.txt mode.txt
ADD archive.tar.gz /unpacked/
EXPOSE 80 ${WHO:+8125/udp}
VOLUME ["/data/a"]
VOLUME /b /c
LABEL a=1 "b c"="d ${WHO}"
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=1m30s --timeout=2s --start-period=500ms --retries=5 CMD curl -f http://localhost/
USER 1001:1002
RUN id -u > /tmp/uid
CMD ["a"]
ENTRYPOINT ["e", "f"]

FROM base AS last
ENTRYPOINT exec something
"""


async def test_every_instruction(workshop: Workshop, tmp_path: Path) -> None:
    workshop.file("data/in.txt", "bound")
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed/p.txt").write_text("packed")
    archive = ("tar", "-czf", workshop.context / "archive.tar.gz", "-C", tmp_path / "packed", "p.txt")
    await output_of(*archive)
    (tmp_path / "token").write_text("12345678")
    secrets = {"token": FileObject("token", "p_token", file=str(tmp_path / "token"))}
    more = {"args": {"WHO": "you"}, "secrets": (BuildSecret("token"),), "labels": {"from": "compose"}}
    image = await workshop.build(FORMS, stack=Stack("p", "/", secrets=secrets), target="base", **more)

    tree = LayerTree(image.layers)
    texts = {name: tree.read_text(f"/srv/you/sub/{name}") for name in tree.listdir("/srv/you/sub")}
    assert texts == {
        "exec.txt": "/srv/you/sub\n", "shell.txt": "you bookworm\n", "heredoc.txt": "heredoc you", "perl.txt": "perl",
        "count.txt": "1\n", "bound.txt": "bound", "secret-length.txt": "8\n", "mode.txt": "bound",
    }  # fmt: skip
    assert tree.read_text("/texts/EOF") == "who=you\n"
    assert tree.read_text("/texts/RAW") == "raw=$WHO\n"
    assert tree.read_text("/unpacked/p.txt") == "packed"
    assert tree.read_text("/tmp/uid") == "1001\n"
    mode = tree.real("/srv/you/sub/mode.txt")
    assert mode is not None
    assert Path(mode).stat().st_mode & 0o777 == 0o750
    assert tree.real("/cache") is None, "the place of a mount leaves no trace"
    assert tree.real("/run/secrets") is None

    config = image.config
    assert config.env["PATH"].startswith("/opt/bin:/usr/local")
    assert (config.working_dir, config.user, config.stop_signal) == ("/srv/you/sub", "1001:1002", "SIGQUIT")
    assert config.exposed == ("80/tcp", "8125/udp")
    assert config.volumes == ("/data/a", "/b", "/c")
    assert dict(config.labels) == {"a": "1", "b c": "d you", "from": "compose"}
    assert (config.entrypoint, config.cmd) == (("e", "f"), ("a",))
    check = config.healthcheck
    assert check is not None
    assert check.test == ("CMD-SHELL", "curl -f http://localhost/")
    assert (check.interval, check.timeout, check.start_period, check.retries) == (90.0, 2.0, 0.5, 5)

    last = await workshop.build(FORMS, stack=Stack("p", "/", secrets=secrets), **more)
    assert last.config.entrypoint == ("/bin/bash", "-euo", "pipefail", "-c", "exec something")
    assert last.config.cmd == (), "an ENTRYPOINT empties the CMD of its base"


async def test_a_failing_step_names_its_line_its_output_and_its_code(workshop: Workshop) -> None:
    with pytest.raises(ShoreError) as caught:
        await workshop.build("FROM debian:bookworm-slim\nRUN echo first \\\n  && echo the cause >&2 \\\n  && exit 7\n")
    error = caught.value
    assert error.place is not None
    assert (Path(error.place.file).name, error.place.line) == ("context.Dockerfile", 2)
    assert "code 7" in error.what
    assert error.details[-2:] == ("first", "the cause")
    assert workshop.output == ["first", "the cause"]
    with pytest.raises(ShoreError, match="code 7"):
        await workshop.build("FROM debian:bookworm-slim\nRUN echo first \\\n  && echo the cause >&2 \\\n  && exit 7\n")


async def test_stages_and_copy_from(workshop: Workshop) -> None:
    text = """\
FROM debian:bookworm-slim AS one
RUN mkdir -p /out/sub && echo 1 > /out/sub/x && ln -s sub/x /out/link && echo gone > /out/gone
RUN rm /out/gone
FROM debian:bookworm-slim AS unused
RUN exit 1
FROM scratch
COPY --from=one /out /
COPY --from=0 /out/sub/x /y
"""
    image = await workshop.build(text)
    tree = LayerTree(image.layers)
    assert sorted(tree.listdir("/")) == ["link", "sub", "y"]
    assert tree.read_text("/link") == "1\n"


async def test_two_builds_of_one_step_at_once_do_it_once(workshop: Workshop, tmp_path: Path, image_cache: Path) -> None:
    text = f"FROM debian:bookworm-slim\nRUN sleep 0.5 && echo {tmp_path.name} > /made\n"
    other = Workshop(ImageStore(image_cache), workshop.context)
    await asyncio.gather(workshop.build(text), other.build(text, tag="other"))
    assert len({*workshop.done, *other.done}) == 1
    assert bool(workshop.done) != bool(other.done)


async def test_cancelling_ends_the_step_and_leaves_nothing(workshop: Workshop) -> None:
    task = asyncio.create_task(workshop.build("FROM debian:bookworm-slim\nRUN echo here && sleep 987.5\n"))
    while "here" not in workshop.output:  # noqa: ASYNC110 (the build tells by events only)
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "987.5" not in await command_lines()
    staging = workshop.store.cache.directory / "staging"
    assert list(staging.iterdir()) == []
    assert str(staging) not in Path("/proc/mounts").read_text()


async def test_packages_can_be_installed_and_accounts_made(workshop: Workshop) -> None:
    """As root with real owners, as an ordinary user under the fake-ownership filter: the same Dockerfile passes."""
    text = """\
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
RUN useradd -u 1001 -m app && mkdir /data && chown -R app:app /data && dpkg --audit
COPY --chown=app:app f /data/f
USER app
RUN id -un > /data/who
"""
    workshop.file("f", "x")
    image = await workshop.build(text)
    tree = LayerTree(image.layers)
    assert tree.read_text("/data/who") == "app\n"
    assert tree.real("/usr/bin/redis-server")
    if os.geteuid() == 0:
        found = tree.real("/data/f")
        assert found is not None
        assert Path(found).stat().st_uid == 1001
