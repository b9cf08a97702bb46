"""Attacks on the safety rules of DESIGN.md ("The native engine", Safety), from inside a service. Each must fail."""

# ruff: noqa: ASYNC222, PT018, RUF059 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from world import World

from longshore.model.service import FileUse, Mount
from longshore.model.stack import FileObject
from longshore.native.command.client import AgentClient
from longshore.native.shared.requests import Hello

FOREVER = "exec sleep 1000"

SYSCALL = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return os.strerror(ctypes.get_errno()) if result < 0 else "worked"
"""


async def python(world: World, name: str, code: str, user: str = "") -> str:
    """Run Python in a service; what it prints."""
    script = world.tmp / "script.py"
    script.write_text(code)
    text = script.read_text().replace("'", "'\"'\"'")
    return (await world.execute(name, f"python3 -c '{text}'", user=user))[1]


async def pid_1_shows_its_own_service_alone() -> None:
    """Its memory, environment and descriptors hold nothing of the agent, of who called it, or of another service; with
    an init of ours and without one, as the service's user and as another."""
    os.environ["OURS"] = "planted-" + "outside"
    async with World() as world:
        world.service("victim", FOREVER, environment={"PLANTED": "planted-" + "other-service"})
        for name, init in (("own", False), ("init", True)):
            world.service(name, FOREVER, environment={"MINE": "planted-" + "mine"}, init=init)
        world.service("init-app", FOREVER, environment={"MINE": "planted-" + "mine"}, init=True, user="app")
        await world.up()
        code = (
            "import os, re\n"
            "found = set()\n"
            "for line in open('/proc/1/maps'):\n"
            "    start, end, mode = re.match('(\\w+)-(\\w+) (\\S+)', line).groups()\n"
            "    if mode[0] != 'r' or '[v' in line:\n"
            "        continue\n"
            "    with open('/proc/1/mem', 'rb') as memory:\n"
            "        memory.seek(int(start, 16))\n"
            "        text = memory.read(int(end, 16) - int(start, 16))\n"
            "    found |= set(re.findall(b'planted-' + b'(mine|outside|other-service)', text))\n"
            "print(sorted(found), sorted(os.listdir('/proc/1/fd')))\n"
            "print(b'planted-' + b'mine' in open('/proc/1/environ', 'rb').read())\n"
        )
        for name in ("own", "init"):
            text = await python(world, name, code)
            assert text == "[b'mine'] ['0', '1', '2']\nTrue", (name, text)
            text = await python(world, name, code, "app")
            assert "planted" not in text, (name, text)
            assert "Permission denied: '/proc/1/" in text, (name, text)
        text = await python(world, "init-app", code)
        assert text == "[b'mine'] ['0', '1', '2']\nTrue", text


async def secrets_of_others_are_in_no_memory() -> None:
    """What another service's environment holds is nowhere in what this one can read."""
    async with World() as world:
        world.service("victim", FOREVER, environment={"PLANTED": "planted-" + "secret-value"})
        world.service("attacker", FOREVER)
        await world.up()
        code = (
            "import glob\n"
            "needle = b'planted-' + b'secret-value'\n"
            "for path in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n"
            "    try:\n"
            "        print('FOUND' if needle in open(path, 'rb').read() else 'clean', path)\n"
            "    except OSError as error:\n"
            "        print(path, error.strerror)\n"
        )
        text = await python(world, "attacker", code)
        assert "FOUND" not in text and "clean" in text, text


async def devices_cannot_be_made() -> None:
    async with World() as world:
        volume = Mount("volume", "/data", world.volume("data"))
        world.service("attacker", FOREVER, mounts=(volume,))
        await world.up()
        for directory in ("/tmp", "/data", "/dev", "/dev/shm"):
            for kind, major, minor in (("c", 1, 11), ("b", 7, 0), ("c", 1, 1)):
                line = f"mknod {directory}/node {kind} {major} {minor} && head -c1 {directory}/node && echo OPENED"
                code, text = await world.execute("attacker", line)
                assert code != 0 and "OPENED" not in text, (directory, text)


async def smuggled_device_does_not_open() -> None:
    """A device node that lies on a bind mount already is dead: every mount is nodev."""
    async with World() as world:
        source = world.tmp / "source"
        source.mkdir()
        if os.getuid() == 0:
            os.mknod(source / "node", 0o666 | 0o020000, os.makedev(1, 5))
            os.mknod(world.root / "node", 0o666 | 0o020000, os.makedev(1, 5))
        world.service("attacker", FOREVER, mounts=(Mount("bind", "/code", str(source)),))
        await world.up()
        for path in ("/code/node", "/node"):
            code, text = await world.execute("attacker", f"head -c1 {path}")
            assert code != 0 and ("Permission denied" in text or "No such file" in text), text
        code, text = await world.execute("attacker", "grep -v nodev /proc/self/mounts")
        loose = [line.split()[1] for line in text.splitlines()]
        devices = {"/dev/pts", *(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))}
        masked = {path for path in loose if path.startswith("/proc/")}  # /dev/null over a file
        assert set(loose) <= devices | masked, loose


async def agent_socket_is_closed_to_services() -> None:
    """Even a service that is given the project's directory gets no word from the agent."""
    async with World() as world:
        world.service("attacker", FOREVER, mounts=(Mount("bind", "/stolen", str(world.state)),))
        world.state.mkdir(parents=True)
        await world.up()
        code = (
            "import socket\n"
            "s = socket.socket(socket.AF_UNIX)\n"
            "s.settimeout(5)\n"
            "try:\n"
            "    s.connect('/stolen/agent.sock')\n"
            '    s.send(b\'{"id": 1, "do": "list"}\\n\')\n'
            "    print('ANSWER', s.recv(100) or 'closed')\n"
            "except OSError as error:\n"
            "    print('refused', error)\n"
        )
        for user in ("root", "app"):
            text = await python(world, "attacker", code, user)
            assert text == "ANSWER closed" or text.startswith("refused"), text


async def agent_socket_is_closed_to_other_users() -> None:
    """Another user of the machine cannot even reach the socket, and would not be answered."""
    if os.getuid():
        return
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        read, write = os.pipe()
        world.tmp.chmod(0o755)
        child = os.fork()
        if child == 0:
            os.setgid(65534)
            os.setuid(65534)
            import socket

            try:
                socket.socket(socket.AF_UNIX).connect(str(world.state / "agent.sock"))
                os.write(write, b"CONNECTED")
            except OSError as error:
                os.write(write, str(error.strerror).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 100) == b"Permission denied"


async def malformed_messages() -> None:
    """Nonsense on the socket ends that connection, nothing else."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        import socket

        for nonsense in (
            b"\x00\xff\n",
            b"[1, 2]\n",
            b'{"id": "x"}\n',
            b"{}\n",
            b'{"id": 1, "do": 7}\n',
            b"x" * 100_000,
        ):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(2)
            sock.connect(str(world.state / "agent.sock"))
            sock.sendall(nonsense)
            sock.close()
        await asyncio.sleep(0.2)
        assert (await world.container("app")).state == "running"
        agent: AgentClient = await world.engine._agent(world.name)
        assert (await agent.call(Hello()))["project"] == world.name


async def files_of_others_are_not_there() -> None:
    """The user's home, other projects' state and volumes, and the host's root cannot be named from inside."""
    async with World() as world, World() as other:
        other.service("app", FOREVER, mounts=(Mount("volume", "/data", other.volume("data")),))
        await other.up()
        await other.execute("app", "echo precious > /data/precious")
        world.service("attacker", FOREVER)
        await world.up()
        home = Path.home()
        for path in (home / ".bashrc", other.state, other.tmp, world.tmp, "/proc/1/root/etc/shadow", "/boot", "/home"):
            code, text = await world.execute("attacker", f"ls -d {path}")
            assert code != 0, (path, text)
        code, text = await world.execute("attacker", "cat /proc/self/mountinfo | cut -d' ' -f5")
        assert str(other.tmp) not in text
        code, text = await world.execute("attacker", "ls /.. ; ls -d /../../../../home")
        assert "home" not in text.splitlines()[0].split(), text


async def capabilities_are_docker_s() -> None:
    """Nothing that needs more than Docker's default set works, though the service is uid 0."""
    async with World() as world:
        world.service("attacker", FOREVER)
        world.service("none", FOREVER, cap_drop=("ALL",))
        await world.up()
        code, text = await world.execute(
            "attacker", "grep Cap /proc/self/status; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status"
        )
        assert "CapEff:\t00000000a00425fb" in text and "CapBnd:\t00000000a00425fb" in text, text
        assert "NoNewPrivs:\t1" in text and "Seccomp:\t2" in text, text
        assert "CapEff:\t0000000000000000" in (await world.execute("none", "grep CapEff /proc/self/status"))[1]
        for line in (
            "mount -t tmpfs none /tmp",
            "mount -o remount,rw /proc/sys",
            "mount --bind / /tmp",
            "umount /proc/sys",
            "hostname other",
            "unshare -r true",
            "unshare -m true",
            "nsenter -t 1 -m true",
            "echo 1 > /proc/sys/kernel/sysrq",
            "echo b > /proc/sysrq-trigger",
            "echo x > /proc/sys/kernel/core_pattern",
            "echo 1 > /sys/kernel/profiling",
            "head -c1 /proc/kcore | grep .",
            "dmesg",
            "date -s 2001-01-01",
        ):
            code, text = await world.execute("attacker", line)
            assert code != 0, (line, text)


async def network_cannot_be_changed() -> None:
    """No address, route or link of the container's own network can be changed, and so no other network be reached."""
    async with World() as world:
        world.service("attacker", FOREVER)
        await world.up()
        code = (
            "import socket, struct\n"
            "s = socket.socket(16, 3, 0)\n"
            "s.bind((0, 0))\n"
            "body = struct.pack('=BxHiII', 0, 0, 1, 0, 1)\n"
            "s.send(struct.pack('=IHHII', 16 + len(body), 16, 5, 1, 0) + body)\n"
            "data = s.recv(4096)\n"
            "print('errno', struct.unpack_from('=i', data, 16)[0])\n"
        )
        assert await python(world, "attacker", code) == "errno -1"


async def syscalls_are_filtered() -> None:
    """Calls that Docker's default profile refuses are refused; what it allows works."""
    async with World() as world:
        world.service("attacker", FOREVER)
        await world.up()
        code = SYSCALL + (
            "print('keyctl', call(250, 0, -3, 0, 0, 0))\n"
            "print('bpf', call(321, 0, 0, 0))\n"
            "print('userfaultfd', call(323, 0))\n"
            "print('io_uring', call(425, 1, 0))\n"
            "print('unshare user', call(272, 0x10000000))\n"
            "print('clone user', call(56, 0x10000000 | 17, 0, 0, 0, 0))\n"
            "print('clone3', call(435, 0, 0))\n"
            "print('open_by_handle', call(304, -100, 0, 0))\n"
            "print('vsock', call(41, 40, 1, 0))\n"
            "print('new call', call(700, 0, 0))\n"
            "print('getpid', call(39))\n"
        )
        lines = dict(_split(line) for line in (await python(world, "attacker", code)).splitlines())
        for name in (
            "keyctl",
            "bpf",
            "userfaultfd",
            "io_uring",
            "unshare user",
            "clone user",
            "open_by_handle",
            "vsock",
        ):
            assert lines[name] == "Operation not permitted", (name, lines)
        assert lines["clone3"] == lines["new call"] == "Function not implemented", lines
        assert lines["getpid"] == "worked", lines


def _split(line: str) -> tuple[str, str]:
    for answer in ("Operation not permitted", "Function not implemented", "worked"):
        if line.endswith(answer):
            return line.removesuffix(answer).strip(), answer
    return line, "?"


async def set_user_id_gives_nothing() -> None:
    """A program with the set-user-ID bit, made by root inside, runs as whoever starts it."""
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        code, text = await world.execute("app", "cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id")
        assert code == 0, text
        code, text = await world.execute("app", "/tmp/id -u", user="app")
        assert text == "1001", text


async def services_do_not_see_each_other() -> None:
    """Processes of other services can be neither seen, signalled nor traced."""
    async with World() as world:
        world.service("victim", "exec sleep 1234.5")
        world.service("attacker", FOREVER)
        await world.up()
        pid = (await world.container("victim")).pid
        code, text = await world.execute("attacker", "ps -eo args")
        assert "1234.5" not in text, text
        code, text = await world.execute("attacker", f"kill -9 {pid}")
        assert code != 0
        code, text = await world.execute("attacker", "kill -9 -1; kill -9 1; true")
        assert (await world.container("victim")).state == "running"


async def no_descriptor_is_inherited() -> None:
    """The service's process and commands in it hold their three streams and nothing of the agent."""
    async with World() as world:
        world.service("app", "ls -l /proc/self/fd; exec sleep 1000")
        await world.up()
        text = await world.said("app", "->")
        await asyncio.sleep(0.1)
        text = await world.said("app")
        numbers = [line.split()[-3] for line in text.splitlines() if "->" in line]
        assert numbers == ["0", "1", "2", "3"], text  # 3 is the directory being listed
        code, text = await world.execute("app", "ls -l /proc/self/fd | grep -c socket")
        assert text == "0", text


async def secrets_stay_with_their_service() -> None:
    async with World() as world:
        world.secrets["token"] = FileObject("token", "token", content="only-for-one")
        world.service("owner", FOREVER, secrets=(FileUse("token", "/run/secrets/token"),))
        world.service("attacker", FOREVER)
        await world.up()
        assert (await world.execute("owner", "cat /run/secrets/token"))[1] == "only-for-one"
        code, text = await world.execute("attacker", "cat /run/secrets/token")
        assert code != 0, text
