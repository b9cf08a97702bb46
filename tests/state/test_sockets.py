"""Sockets that take connections, and whose they are."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from longshore.state.sockets import held, listening

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n"


def test_of_tcp_those_that_listen_of_udp_all(tmp_path: Path) -> None:
    rows = [("0100007F:1F90", "0A", "11"), ("0100007F:1F91", "0A", "12"), ("0100007F:1F90", "01", "13")]
    text = HEAD + "".join(ROW.format(local=local, state=state, inode=inode) for local, state, inode in rows)
    (tmp_path / "tcp").write_text(text)
    (tmp_path / "udp6").write_text(text)
    assert listening(tmp_path) == {"socket:[11]", "socket:[12]"}
    assert listening(tmp_path, 8080) == {"socket:[11]"}
    assert listening(tmp_path, 8080, "udp") == {"socket:[11]", "socket:[13]"}
    assert listening(tmp_path / "gone") == frozenset()


def test_a_process_has_what_it_has_opened() -> None:
    me = Path(f"/proc/{os.getpid()}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = listening(Path("/proc/net"), server.getsockname()[1])
        assert len(own) == 1
        assert own < set(held(me))
    assert own.isdisjoint(held(me))
    assert list(held(Path("/proc/0"))) == []
