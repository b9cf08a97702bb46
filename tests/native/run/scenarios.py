"""What services on the native engine see and do. Each scenario is one project, from up to down."""

# ruff: noqa: ASYNC110, PT018, RUF059 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable
from pathlib import Path

from world import World

from longshore.engine.base import CreateOptions, LogOptions
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import (
    FileUse,
    Hook,
    Logging,
    Mount,
    NetworkUse,
    Port,
    RestartPolicy,
    Ulimit,
)
from longshore.model.stack import FileObject, Network
from longshore.native.shared.requests import Hello
from longshore.state.events import ContainerDied, ContainerHealth

SERVER = "exec python3 -m http.server -d /srv/data {port}"
FOREVER = "exec sleep 1000"


async def fetch(port: int, path: str = "/first") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def fetched(port: int, seconds: float = 10) -> bytes:
    async with asyncio.timeout(seconds):
        while True:
            try:
                answer = await fetch(port)
            except OSError:
                answer = b""
            if answer:
                return answer
            await asyncio.sleep(0.05)


async def refused(attempt: Awaitable[object]) -> ShoreError:
    """The error that `attempt` ends with."""
    try:
        await attempt
    except ShoreError as error:
        return error
    raise AssertionError("it was not refused")


async def identity() -> None:
    """User, groups, environment, working directory, host name."""
    async with World() as world:
        world.service("byname", "id; pwd; echo $HOME; hostname", user="app", working_dir="/made/for/it", hostname="box")
        world.service("bynumber", "id -u; id -g; echo $HOME $A", user="4000:5000", environment={"A": "b c"})
        world.service("root", "id -u; echo $PATH")
        await world.up()
        text = await world.ended("byname")
        assert "uid=1001(app) gid=1002(app)" in text, text
        assert "/made/for/it\n/home/app\nbox" in text, text
        assert await world.ended("bynumber") == "4000\n5000\n/ b c"
        assert (await world.ended("root")).startswith("0\n/usr/local/sbin:")


async def unknown_user() -> None:
    async with World() as world:
        world.service("app", "true", user="nobody-knows")
        error = await refused(world.up())
        assert "user nobody-knows is not in the container's /etc/passwd" in error.what, error
        world.service("app", "no-such-program", "x")
        error = await refused(world.up())
        assert "no-such-program: no such file" in error.what, error


async def names() -> None:
    """Services find each other by service, container, alias and host name; foreign networks stay unseen."""
    async with World() as world:
        world.networks["back"] = Network("back", f"{world.name}_back")
        world.service("web", SERVER.format(port=80), networks=("default", "back"), hostname="webhost")
        world.service("db", FOREVER, uses={"back": NetworkUse("back", aliases=("database", "main.db"))})
        world.service("one", FOREVER)
        await world.up()
        web, db = world.containers["web"], world.containers["db"]
        front = web.networks[f"{world.name}_default"]
        for name in ("web", "webhost", f"{world.name}-web-1", web.id, "WEB"):
            code, text = await world.execute("one", f"getent ahostsv4 {name}")
            assert code == 0 and text.startswith(front), (name, text)
        for name in ("database", "main.db", "db"):
            code, text = await world.execute("web", f"getent ahostsv4 {name}")
            assert code == 0 and text.startswith(db.networks[f"{world.name}_back"]), (name, text)
        code, text = await world.execute("one", "getent ahostsv4 db")
        assert code != 0, text


async def networks_apart() -> None:
    """A service reaches nothing of a network that it is not on, by any address; `internal` has no way out."""
    async with World() as world:
        world.networks["inner"] = Network("inner", f"{world.name}_inner", internal=True)
        world.service("hidden", SERVER.format(port=8000), networks=("inner",))
        world.service("friend", FOREVER, networks=("inner",))
        world.service("other", FOREVER)
        await world.up()
        address = world.containers["hidden"].networks[f"{world.name}_inner"]
        gateway = address.rpartition(".")[0] + ".1"
        connect = "python3 -c 'import socket; socket.create_connection((\"{}\", {}), 3).recv(1)'"
        await wait_for_port(world, "friend", address, 8000)
        for target in (address, gateway):
            code, text = await world.execute("other", connect.format(target, 8000))
            assert code != 0, (target, text)
        code, text = await world.execute("friend", connect.format("1.1.1.1", 80))
        assert "unreachable" in text, text
        code, text = await world.execute("friend", connect.format(gateway, 22))
        assert code != 0, text


async def wait_for_port(world: World, name: str, host: str, port: int) -> None:
    line = f"python3 -c 'import socket; socket.create_connection((\"{host}\", {port}), 3)'"
    async with asyncio.timeout(15):
        while (await world.execute(name, line))[0]:
            await asyncio.sleep(0.1)


async def outbound() -> None:
    """TCP to the host's own addresses goes by the gateway; what listens on 127.0.0.1 alone stays out of reach."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()

        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        everywhere = await asyncio.start_server(greet, "0.0.0.0", 0)
        private = await asyncio.start_server(greet, "127.0.0.1", 0)
        ask = "python3 -c 'import socket; print(socket.create_connection((\"host.docker.internal\", {}), 5).recv(9))'"
        async with everywhere, private:
            code, text = await world.execute("app", ask.format(everywhere.sockets[0].getsockname()[1]))
            assert text == "b'hello'", text
            code, text = await world.execute("app", ask.format(private.sockets[0].getsockname()[1]))
            assert "hello" not in text, text


async def published() -> None:
    """TCP, UDP, ranges and ephemeral ports; a taken port is refused before anything starts, or replaced."""
    async with World() as world:
        udp = (
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 5300))\n"
            "while True:\n d, a = s.recvfrom(99); s.sendto(d.upper(), a)"
        )
        world.service("web", SERVER.format(port=80), ports=(Port(80, "", "127.0.0.1"),))
        world.service("echo", "python3", "-c", udp, ports=(Port(5300, "", "127.0.0.1", "udp"),))
        await world.up()
        port = (await world.container("web")).ports[0].published
        assert b"from the image" in await fetched(port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.3)
            target = ("127.0.0.1", (await world.container("echo")).ports[0].published)
            answer = await asyncio.to_thread(ask_udp, asking, target)
        assert answer == b"HELLO", answer
        world.service("second", FOREVER, ports=(Port(80, str(port), "127.0.0.1"),))
        error = await refused(world.up("second"))
        assert f"port 127.0.0.1:{port}/tcp is taken" in error.what and "--ports auto" in error.hint, error
        world.containers["second"] = await world.container("second")
        await world.up("second", options=CreateOptions(ports_auto=True))
        assert (await world.container("second")).ports[0].published not in (0, port)


def ask_udp(asking: socket.socket, target: tuple[str, int]) -> bytes:
    for _ in range(30):
        asking.sendto(b"hello", target)
        try:
            return asking.recv(99)
        except TimeoutError:
            continue
    return b""


async def volumes() -> None:
    """A new volume is filled from the image, kept over recreate, shared, and gone only when removed."""
    async with World() as world:
        data = world.volume("data")
        mount = Mount("volume", "/srv/data", data)
        world.service(
            "one",
            f"cat /srv/data/first; cd /srv/data; test -e second || echo more > second; {FOREVER}",
            mounts=(mount,),
        )
        reader = Mount("volume", "/in", data, read_only=True)
        world.service("two", "sleep 0.3; cat /in/first /in/second; touch /in/x", mounts=(reader,))
        await world.up()
        text = await world.ended("two")
        assert "from the image\nmore" in text and "Read-only" in text, text
        await world.up("one")
        code, text = await world.execute("one", "cat /srv/data/second")
        assert text == "more", text


async def new_volume_is_roots_where_no_image_has_its_place() -> None:
    """As with Docker: a service of another user cannot write there. An ordinary user's volume is the user's."""
    async with World() as world:
        mount = Mount("volume", "/var/lib/new", world.volume("data"))
        world.service("app", "touch /var/lib/new/x && echo written || echo not", user="app", mounts=(mount,))
        await world.up()
        said = await world.ended("app")
        assert said.endswith("not" if os.geteuid() == 0 else "written"), said


async def anonymous_volumes() -> None:
    """They come over to the container that replaces theirs, unless asked not to."""
    async with World() as world:
        world.service("app", FOREVER, mounts=(Mount("volume", "/keep"),))
        await world.up()
        await world.execute("app", "echo x > /keep/x")
        await world.up("app")
        assert (await world.execute("app", "cat /keep/x"))[1] == "x"
        await world.up("app", options=CreateOptions(renew_anonymous=True))
        assert (await world.execute("app", "cat /keep/x"))[0] != 0


async def binds() -> None:
    """Directories and files, read-only, made when missing; a link of the image does not lead out of its root."""
    async with World() as world:
        source = world.tmp / "source"
        source.mkdir()
        (source / "file").write_text("live\n")
        (world.root / "escape").symlink_to("/tmp")
        world.service(
            "app",
            FOREVER,
            mounts=(
                Mount("bind", "/code", str(source)),
                Mount("bind", "/ro", str(source), read_only=True),
                Mount("bind", "/etc/one", str(source / "file")),
                Mount("bind", "/fresh", str(world.tmp / "made/here")),
                Mount("bind", "/escape/in", str(source)),
            ),
        )
        await world.up()
        assert (await world.execute("app", "cat /code/file /etc/one /tmp/in/file"))[1] == "live\nlive\nlive"
        assert "Read-only" in (await world.execute("app", "touch /ro/x"))[1]
        (source / "file").write_text("changed\n")
        assert (await world.execute("app", "cat /etc/one"))[1] == "changed"
        assert (world.tmp / "made/here").is_dir()
        assert not Path("/tmp/in").exists()


async def upper_is_kept() -> None:
    """A container's own changes last over stop and start and go with the container."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        await world.execute("app", "echo kept > /etc/mine; rm /etc/group")
        await world.engine.stop(world.containers["app"], 0.1)
        await world.engine.start(world.stack, world.containers["app"])
        assert (await world.execute("app", "cat /etc/mine; test ! -e /etc/group && echo removed"))[1] == "kept\nremoved"
        await world.up("app")
        assert (await world.execute("app", "test ! -e /etc/mine && test -e /etc/group"))[0] == 0
        assert not (world.root / "etc/mine").exists()


async def read_only_and_tmpfs() -> None:
    """A tmpfs has the mode of the folder that it hides, as on Docker, where none is asked."""
    async with World() as world:
        (world.root / "shut").mkdir(mode=0o750)
        world.service(
            "app",
            FOREVER,
            read_only=True,
            tmpfs=("/scratch:size=64k,mode=1777", "/shut", "/fresh:size=64k"),
            shm_size=1 << 20,
            user="app",
        )
        await world.up()
        assert "Read-only" in (await world.execute("app", "touch /etc/x", user="root"))[1]
        assert (await world.execute("app", "touch /scratch/x && echo ok"))[1] == "ok"
        assert (await world.execute("app", "stat -c %a /shut /fresh"))[1].split() == ["750", "1777"]
        assert "No space" in (await world.execute("app", "head -c 200k /dev/zero > /scratch/big"))[1]
        assert (await world.execute("app", "df -k /dev/shm | tail -1"))[1].split()[1] == "1024"


async def secrets() -> None:
    """Read-only; one of a file is that file, with its mode, as with Docker Compose; another is in memory only, with the
    mode asked for."""
    async with World() as world:
        source = world.tmp / "token.txt"
        source.write_text("s3cret-value")
        source.chmod(0o644)
        world.secrets["token"] = FileObject("token", "token", file=str(source))
        world.secrets["inline"] = FileObject("inline", "inline", content="in-line-value")
        world.service(
            "app",
            FOREVER,
            user="app",
            secrets=(
                FileUse("token", "/run/secrets/token"),
                FileUse("inline", "/etc/app/inline.conf", uid="1001", gid="1002", mode=0o400),
            ),
        )
        await world.up()
        code, text = await world.execute(
            "app", "cat /run/secrets/token /etc/app/inline.conf; stat -c %a /run/secrets/token"
        )
        assert text == "s3cret-valuein-line-value644", text
        assert "Read-only" in (await world.execute("app", "echo x > /run/secrets/token", user="root"))[1]
        source.unlink()
        for path in world.state.rglob("*"):
            if path.is_file() and os.access(path, os.R_OK):
                assert b"s3cret-value" not in path.read_bytes(), path
                assert b"in-line-value" not in path.read_bytes(), path


async def limits() -> None:
    async with World() as world:
        world.service("app", "ulimit -n; ulimit -c", ulimits={"nofile": Ulimit(512, 1000), "core": Ulimit(0, 0)})
        await world.up()
        assert await world.ended("app") == "512\n0"


async def exit_codes() -> None:
    async with World() as world:
        world.service("seven", "exit 7")
        world.service("killed", "kill -9 $$")
        await world.up()
        assert (await world.until("seven", "exited")).exit_code == 7
        assert (await world.until("killed", "exited")).exit_code == 137
        error = await refused(world.execute("seven", "true"))
        assert "does not run" in error.what, error


async def restarts() -> None:
    """Back-off, a limit, success that is not repeated, and stop that is final."""
    async with World() as world:
        world.service("loop", "exit 3", restart=RestartPolicy("always"))
        world.service("limited", "exit 3", restart=RestartPolicy("on-failure", max_attempts=2))
        world.service("done", "exit 0", restart=RestartPolicy("on-failure"))
        await world.up()
        limited = await world.until("limited", "exited")
        assert limited.restarts == 2 and limited.exit_code == 3, limited
        assert (await world.until("done", "exited")).restarts == 0
        async with asyncio.timeout(10):
            while (await world.container("loop")).restarts < 3:
                await asyncio.sleep(0.05)
        await world.engine.stop(world.containers["loop"], 0.1)
        before = (await world.container("loop")).restarts
        await asyncio.sleep(0.5)
        loop = await world.container("loop")
        assert (loop.state, loop.restarts) == ("exited", before), loop


async def stopping() -> None:
    """The stop signal reaches the service; one that does not listen is killed after its grace period."""
    async with World() as world:
        world.service("good", "trap 'echo bye; exit 0' USR1; while true; do sleep 0.05; done", stop_signal="SIGUSR1")
        world.service("deaf", "trap '' TERM; echo deaf; while true; do sleep 0.05; done", stop_grace_period=0.3)
        await world.up()
        await world.said("deaf", "deaf")
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        await world.engine.stop(world.containers["good"])
        assert asyncio.get_running_loop().time() - began < 3
        assert (await world.container("good")).exit_code == 0
        assert await world.said("good") == "bye"
        await world.engine.stop(world.containers["deaf"])
        assert (await world.container("deaf")).exit_code == 137


async def hooks() -> None:
    async with World() as world:
        world.service(
            "app",
            "touch /ready; " + FOREVER,
            post_start=(Hook(("sh", "-c", "echo started by $(id -un) > /hook"), user="app"),),
            pre_stop=(Hook(("sh", "-c", "echo stopping")),),
        )
        world.change("app", post_start=(Hook(("sh", "-c", "echo started $X > /tmp/hook"), environment={"X": "y"}),))
        await world.up()
        assert (await world.execute("app", "cat /tmp/hook"))[1] == "started y"
        await world.engine.stop(world.containers["app"], 0.1)
        assert "stopping" in await world.said("app")


async def health() -> None:
    """The image's own check by exec; plain local addresses without a process; the last output is told."""
    async with World() as world:
        test = ("CMD-SHELL", "test -e /tmp/ok || { echo not yet; exit 1; }")
        check = HealthCheck(test, interval=0.2, retries=2, start_period=60)
        world.service("app", FOREVER, healthcheck=check)
        plain = HealthCheck(
            ("CMD", "curl", "-f", "http://localhost:80/first"), interval=0.2, retries=1, start_period=60
        )
        world.service("web", f"sleep 0.2; {SERVER.format(port=80)}", healthcheck=plain)
        await world.up()
        async with asyncio.timeout(10):
            while (await world.container("web")).health != "healthy":
                await asyncio.sleep(0.02)
        assert (await world.container("app")).health == "starting"
        assert any(e.output == "not yet" for e in world.events if isinstance(e, ContainerHealth))
        await world.execute("app", "touch /tmp/ok")
        async with asyncio.timeout(10):
            while (await world.container("app")).health != "healthy":
                await asyncio.sleep(0.02)
        await world.execute("app", "rm /tmp/ok")
        async with asyncio.timeout(10):
            while (await world.container("app")).health != "unhealthy":
                await asyncio.sleep(0.02)


async def logs() -> None:
    """Time stamps, streams, tail, follow, rotation; a recreated container's log begins anew, as on Docker."""
    async with World() as world:
        world.service("app", f"echo one; echo two >&2; printf three; {FOREVER}")
        small = Logging(options={"max-size": "2k", "max-file": "2"})
        world.service("much", "for i in $(seq 300); do echo line $i; done", logging=small)
        await world.up()
        await world.said("app", "two")
        container = world.containers["app"]
        found = [line async for line in world.engine.logs(world.name, [container], LogOptions())]
        assert [(line.text, line.stream) for line in found] == [("one", "stdout"), ("two", "stderr")], found
        assert all(abs(line.time - found[0].time) < 5 for line in found)
        await world.until("much", "exited")
        text = await world.said("much", "line 300")
        assert "line 1\n" not in text
        sizes = [path.stat().st_size for path in (world.state / "logs").glob("*much*")]
        assert len(sizes) == 2 and max(sizes) < 2300, sizes
        last = [line async for line in world.engine.logs(world.name, [world.containers["much"]], LogOptions(tail=2))]
        assert [line.text for line in last] == ["line 299", "line 300"]
        await world.up("app")
        assert await world.said("app", "two") == "one\ntwo"
        following = world.engine.logs(world.name, [world.containers["app"]], LogOptions(follow=True, tail=1))
        assert (await anext(following)).text == "two"
        await world.engine.stop(world.containers["app"], 0.1)
        assert (await asyncio.wait_for(anext(following), 5)).text == "three"
        await following.aclose()


async def full_disk() -> None:
    """Lines that cannot be written are dropped and counted; the service goes on."""
    async with World() as world:
        world.service("app", "for i in $(seq 50); do echo line $i; done; touch /tmp/past; " + FOREVER)
        (world.state / "logs").mkdir(parents=True)
        (world.state / "logs" / f"{world.name}-app-1.jsonl").symlink_to("/dev/full")
        await world.up()
        async with asyncio.timeout(10):
            while (await world.execute("app", "test -e /tmp/past"))[0]:
                await asyncio.sleep(0.05)
        assert (await world.container("app")).state == "running"


async def executes() -> None:
    async with World() as world:
        world.service("app", FOREVER, user="app", environment={"A": "b"})
        await world.up()
        assert (await world.execute("app", "echo $A; id -u; exit 5"))[0] == 5
        code, text = await world.execute(
            "app", "echo $A $C; id -u; pwd", user="root", environment={"C": "d"}, working_dir="/srv"
        )
        assert text == "b d\n0\n/srv", text
        code, text = await world.execute("app", "ps -e -o pid,comm | grep -c sleep; cat /proc/1/comm")
        assert text == "1\ninit", text
        assert (await world.execute("app", "tr '\\0' ' ' < /proc/1/cmdline"))[1].strip() == "init (shore)"


async def network_modes() -> None:
    async with World() as world:
        world.service(
            "none", "ls /sys/class/net; getent hosts other || echo no names", networks=(), network_mode="none"
        )
        world.service(
            "host", "readlink /proc/self/ns/net; grep -c localhost /etc/hosts", networks=(), network_mode="host"
        )
        world.service("web", SERVER.format(port=80))
        world.service("beside", FOREVER, networks=(), network_mode="service:web")
        await world.up()
        assert await world.ended("none") == "lo\nno names"
        assert (await world.ended("host")).startswith(str(Path("/proc/self/ns/net").readlink()))
        await wait_for_port(world, "beside", "127.0.0.1", 80)
        assert (await world.execute("beside", "getent ahostsv4 web"))[0] == 0


async def keeps_addresses() -> None:
    """A service that is made again has the address that it had; a static one is what the file says."""
    async with World() as world:
        from longshore.model.stack import IpamPool

        world.networks["default"] = Network("default", f"{world.name}_default", ipam=(IpamPool("10.77.0.0/24"),))
        world.service("a", FOREVER)
        world.service("b", FOREVER, uses={"default": NetworkUse("default", ipv4_address="10.77.0.50")})
        chosen = NetworkUse("default", mac_address="02:00:00:00:00:77", interface_name="lan0")
        world.service("c", FOREVER, uses={"default": chosen})
        await world.up()
        assert (await world.execute("c", "cat /sys/class/net/lan0/address"))[1] == "02:00:00:00:00:77"
        before = {name: (await world.container(name)).networks for name in "abc"}
        assert before["b"][f"{world.name}_default"] == "10.77.0.50"
        await world.up("a")
        await world.up("c")
        assert {name: (await world.container(name)).networks for name in "abc"} == before
        assert (await world.execute("a", "ping -c1 -W2 b || getent ahostsv4 b"))[0] == 0


async def hosts_file() -> None:
    async with World() as world:
        world.service(
            "app",
            "cat /etc/hosts",
            extra_hosts=("gate=host-gateway", "db.example:10.1.2.3"),
            hostname="me",
            domainname="here",
        )
        await world.up()
        text = await world.ended("app")
        address = world.containers["app"].networks[f"{world.name}_default"]
        assert f"{address}\tme.here me" in text and "10.1.2.3\tdb.example" in text, text
        assert address.rpartition(".")[0] + ".1\tgate" in text, text


async def agent_killed() -> None:
    """kill -9 of the agent: no process of it is left, the next command says what happened, and works."""
    async with World() as world:
        data = Mount("volume", "/data", world.volume("data"))
        world.service("app", f"sleep 1001 & echo x > /data/x; {FOREVER}", mounts=(data,), ports=(Port(80),))
        world.service("other", FOREVER)
        await world.up()
        await asyncio.sleep(0.1)
        pids = [(await world.container(name)).pid for name in ("app", "other")]
        os.kill(world.agent_pid(), signal.SIGKILL)
        async with asyncio.timeout(5):
            while any(Path(f"/proc/{pid}").exists() for pid in pids):
                await asyncio.sleep(0.01)
        fresh = world.new_engine()
        observed = await fresh.observe(world.name)
        assert observed.notes == ("the agent was killed; 2 services stopped with it: app, other",), observed.notes
        assert {c.state for c in observed.containers} == {"exited"}
        await fresh.start(world.stack, world.containers["app"])
        assert (await fresh.observe(world.name)).notes == ()
        await world.engine.close()
        world.engine = fresh
        assert (await world.execute("app", "cat /data/x"))[1] == "x"


async def process_killed() -> None:
    """kill -9 of a service's pid 1 or of its process is a death like any other."""
    async with World() as world:
        world.service("app", FOREVER, restart=RestartPolicy("always"))
        await world.up()
        for number in (1, 2):
            os.kill((await world.container("app")).pid, signal.SIGKILL)
            async with asyncio.timeout(10):
                while (found := await world.container("app")).restarts < number or found.state != "running":
                    await asyncio.sleep(0.02)
        died = [event for event in world.events if isinstance(event, ContainerDied)]
        assert [(event.exit_code, event.signal) for event in died] == [(137, 9), (137, 9)]


async def nothing_is_left() -> None:
    """After down: no agent, no process, no mount, no directory of the project; the volume stays until removed."""
    async with World() as world:
        world.service("app", FOREVER, mounts=(Mount("volume", "/data", world.volume("data")),))
        await world.up()
        agent, pid = world.agent_pid(), (await world.container("app")).pid
        for container in (await world.engine.observe(world.name)).containers:
            await world.engine.stop(container, 0.1)
            await world.engine.remove(container, volumes=True)
        await world.engine.finish(world.name)
        async with asyncio.timeout(5):
            while Path(f"/proc/{agent}").exists():
                await asyncio.sleep(0.01)
        assert not Path(f"/proc/{pid}").exists()
        assert not world.state.exists()
        assert str(world.tmp) not in Path("/proc/self/mountinfo").read_text()
        assert (world.tmp / "data/longshore/volumes" / f"{world.name}_data/_data").is_dir()


async def agent_ends_when_idle() -> None:
    async with World() as world:
        world.service("app", "true")
        await world.up()
        await world.until("app", "exited")
        agent = world.agent_pid()
        await world.engine.close()
        async with asyncio.timeout(10):
            while Path(f"/proc/{agent}").exists():
                await asyncio.sleep(0.05)
        world.engine = world.new_engine()
        world._reader = None
        assert (await world.container("app")).state == "exited"
        await world.engine.start(world.stack, world.containers["app"])


async def two_agents() -> None:
    """Two commands at once start one agent, not two."""
    async with World() as world:
        world.service("app", FOREVER)
        engines = [world.new_engine() for _ in range(4)]
        await asyncio.gather(*(engine._agent(world.name) for engine in engines))
        await world.up()
        pids = {(await (await engine._agent(world.name)).call(Hello()))["pid"] for engine in engines}
        assert pids == {world.agent_pid()}, pids
        for engine in engines:
            await engine.close()


async def state_is_private() -> None:
    async with World() as world:
        world.service("app", FOREVER, environment={"PASSWORD": "x"})
        await world.up()
        assert world.state.stat().st_mode & 0o777 == 0o700
        assert (world.state / "state.json").stat().st_mode & 0o777 == 0o600
        assert (world.state / "agent.sock").stat().st_mode & 0o777 == 0o600
        assert json.loads((world.state / "state.json").read_text())["project"] == world.name


async def terminals() -> None:
    """A command with a terminal has one of the container's own, which programs can name; keys and end reach it."""
    async with World() as world:
        world.service("app", FOREVER, user="app")
        world.service("shell", "test -t 1 && tty; stty size", tty=True)
        await world.up()
        code, text = await world.execute("app", "tty; test -t 0 && test -t 1 && echo yes; exit 9", tty=True)
        assert (code, text) == (9, "/dev/pts/0\r\nyes"), (code, text)
        code, text = await world.execute("app", "echo $TERM; kill -9 $$", tty=True)
        assert code == 137, (code, text)
        assert "/dev/pts/0" in await world.ended("shell")


async def one_offs() -> None:
    """`run`: the service's surroundings, its own command, the exit code; nothing is left of it with --rm."""
    async with World() as world:
        data = Mount("volume", "/data", world.volume("data"))
        service = world.service("app", "exit 1", mounts=(data,), environment={"A": "b"})
        world.service("db", FOREVER)
        await world.up("db")
        from longshore.engine.base import RunRequest
        from longshore.model.record import replace

        line = "echo $A > /data/a; getent ahostsv4 db > /dev/null && exit 6"
        changed = replace(service, command=("sh", "-c", line))
        code = await world.engine.run(world.stack, RunRequest(changed, remove=True), lambda event: None)
        assert code == 6, code
        observed = await world.engine.observe(world.name)
        assert [c.service for c in observed.containers] == ["db"]
        changed = replace(service, command=("sh", "-c", "grep -q b /data/a && exec sleep 0.3"))
        request = RunRequest(changed, name="task", detach=True, remove=True)
        assert await world.engine.run(world.stack, request, lambda event: None) == 0
        observed = await world.engine.observe(world.name)
        assert [c.name for c in observed.containers if c.oneoff] == ["task"]
        async with asyncio.timeout(10):
            while len((await world.engine.observe(world.name)).containers) > 1:
                await asyncio.sleep(0.02)


async def machine_is_examined() -> None:
    """The probe of the machine finds what the other scenarios rely on, and leaves nothing."""
    from longshore.native.command.machine import Machine, examine
    from longshore.native.shared.places import Places

    async with World() as world:
        before = Path("/proc/self/mountinfo").read_text()
        places = Places.of(world.environ)
        found = await examine(places)
        assert isinstance(found, Machine)
        assert not found.failed, found
        assert found.root == (os.getuid() == 0)
        assert found.overlay == "directory", found
        assert [entry.name for entry in places.state.iterdir()] == [".machine.json"]
        assert await examine(places) == found
        assert Path("/proc/self/mountinfo").read_text() == before


async def machine_that_refuses() -> None:
    """Where namespaces are forbidden, as in a stock container, the step that fails is named, and what to do."""
    import errno
    import tempfile

    from longshore.native.command.machine import blocked_by, examine
    from longshore.native.kernel import bpf, profile, syscalls
    from longshore.native.shared.places import Places

    number = profile._TABLES[os.uname().machine]["unshare"]
    syscalls.keep_no_new_privileges()
    bpf.install(bpf.assemble([bpf.Rule((number,), bpf.errno_action(errno.EPERM))]))
    with tempfile.TemporaryDirectory() as directory:
        error = blocked_by(await examine(Places.of({"HOME": directory})))
    step = "make a user namespace" if os.getuid() else "make namespaces"
    assert error is not None
    assert error.what == f"the native engine cannot run here: cannot {step}: Operation not permitted", error
    assert "--engine docker" in error.hint, error.hint


async def state_on_an_overlay() -> None:
    """Where the state directory lies on an overlay, as in a container, a tmpfs carries the private layer."""
    if os.getuid():
        return
    from longshore.native.command.machine import examine
    from longshore.native.kernel.syscalls import CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare
    from longshore.native.shared.places import Places

    unshare(CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    async with World() as world:
        for name in ("lower", "upper", "work", "state"):
            (world.tmp / name).mkdir(exist_ok=True)
        options = ",".join(f"{key}dir={world.tmp / key}" for key in ("lower", "upper", "work"))
        mount("overlay", world.tmp / "state", "overlay", 0, options)
        assert (await examine(Places.of(world.environ))).overlay == "tmpfs"
        world.service("app", f"echo kept > /etc/x; cat /etc/x; {FOREVER}")
        await world.up()
        assert await world.said("app", "kept") == "kept"
        await world.down()
        from longshore.native.kernel.syscalls import umount

        await world.engine.close()
        world.engine = world.new_engine()
        umount(world.tmp / "state")


async def zygote_killed() -> None:
    """kill -9 of the process that makes containers ends the agent in order; the next command works."""
    await _killed_behind_the_agent(2)


async def keeper_killed() -> None:
    """kill -9 of pid 1 of the namespace that all containers live in: nothing of theirs is left, and it is the same."""
    await _killed_behind_the_agent(1)


async def _killed_behind_the_agent(inner: int) -> None:
    """`inner` is what the agent's child is called in the pid namespace of its containers."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        agent = world.agent_pid()
        children = Path(f"/proc/{agent}/task/{agent}/children").read_text().split()
        service = (await world.container("app")).pid
        (victim,) = [pid for pid in map(int, children) if _names(pid)[-1] == inner and pid != service]
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(20):
            while Path(f"/proc/{agent}").exists() or Path(f"/proc/{service}").exists():
                await asyncio.sleep(0.02)
        await world.engine.close()
        world.engine = world.new_engine()
        world._reader = None
        assert (await world.container("app")).state == "exited"
        await world.engine.start(world.stack, world.containers["app"])
        assert (await world.container("app")).state == "running"


def _names(pid: int) -> list[int]:
    """What a process is called in each of its pid namespaces, from ours inwards."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


async def client_killed_during_a_command() -> None:
    """When `shore exec` is killed, its command in the container ends too."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        import sys

        code = (
            "import asyncio, sys; sys.path.insert(0, sys.argv[1])\n"
            "from longshore.native.command.engine import NativeEngine\n"
            "from longshore.engine.base import ExecRequest\n"
            "async def main():\n"
            "    engine = NativeEngine()\n"
            "    (found,) = (await engine.observe(sys.argv[2])).containers\n"
            "    await engine.execute(found, ExecRequest(('sleep', '4321')))\n"
            "asyncio.run(main())\n"
        )
        shore = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, "/", world.name, env=world.environ, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(20):
            while "4321" not in (await world.execute("app", "ps -eo args"))[1]:
                await asyncio.sleep(0.05)
        shore.kill()
        await shore.wait()
        async with asyncio.timeout(10):
            while "4321" in (await world.execute("app", "ps -eo args"))[1]:
                await asyncio.sleep(0.05)


async def two_servers_on_one_volume() -> None:
    """A second database server on a data directory that is in use is refused; the data are whole."""
    from longshore.model.record import replace
    from longshore.native.image.model import Server

    async with World() as world:
        image = replace(world.image, server=Server("postgres", "15", "/data"))
        world.engine._images.image = image  # type: ignore[attr-defined]
        mount = Mount("volume", "/data", world.volume("data"))
        world.service("one", FOREVER, mounts=(mount,))
        world.service("two", FOREVER, mounts=(mount,))
        await world.up("one")
        error = await refused(world.up("two"))
        assert "two: volume" in error.what and "in use by another server" in error.what, error
        meta = world.engine._volumes.meta(f"{world.name}_data")
        assert meta is not None and (meta.server, meta.major) == ("postgres", "15"), meta
        await world.engine.stop(world.containers["one"], 0.1)
        (second,) = (await world.engine.observe(world.name)).of("two")
        await world.engine.start(world.stack, second)


async def control_groups_are_swept() -> None:
    """Limits are kept by control groups as root; an agent that was killed leaves none behind."""
    from longshore.model.service import Resources
    from longshore.native.shared.cgroups import available

    if not available():
        return
    async with World() as world:
        world.service("app", f"cat /proc/self/cgroup; {FOREVER}", resources=Resources(memory=64 << 20, pids=20))
        await world.up()
        text = await world.said("app", world.name)
        assert f"/longshore/{world.name}/" in text, text
        code, text = await world.execute("app", "for i in $(seq 40); do sleep 5 & done; wait")
        assert "Cannot fork" in text or "Resource temporarily unavailable" in text, text
        os.kill(world.agent_pid(), signal.SIGKILL)
        await world.engine.close()
        world.engine = world.new_engine()
        world._reader = None
        await asyncio.sleep(0.3)
        await world.down()
        left = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/longshore/{world.name}")]
        assert left == [], left


async def weight() -> None:
    """The agent weighs at most 45 MB, and an init at most 3 MB; a service without one has nothing beside its own."""
    if os.getuid():
        return  # the kernel tells only root
    async with World() as world:
        for number in range(20):
            world.service(f"s{number}", "sleep", "1000")
        await world.up()
        assert megabytes(world.agent_pid()) <= 45
        observed = await world.engine.observe(world.name)
        inits = [megabytes(container.pid) for container in observed.containers]
        assert sum(inits) / len(inits) <= 3, inits


def megabytes(pid: int) -> float:
    """The proportional share of memory of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
