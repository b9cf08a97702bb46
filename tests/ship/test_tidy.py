"""Images of releases that are gone: which of a node's go, by which names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from longshore.ship.facts import Wanted
from longshore.ship.release import Release
from longshore.ship.tidy import Ended, forgetting, images_in

OURS, OTHER = "reg.example:5000/shop", "reg.example:5000/blog"
WGET = """#!/bin/sh
case $3 in
*/images/json*) cp listed "$2"; echo "$3" >> listings;;
*/containers/json*) cp containers "$2";;
*busy*) echo "$3" >> asked; exit 1;;
*) echo "$3" >> asked;;
esac
"""


def _digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


def _image(letter: str, *, tags: tuple[str, ...] = (), digests: tuple[str, ...] = ()) -> dict[str, Any]:
    labels = {"com.docker.compose.project": "demo", "odd": 'a "quoted" [one], {a}'}
    return {"Containers": -1, "Id": _digest(letter), "Labels": labels, "ParentId": "", "RepoDigests": digests or None,
            "RepoTags": tags or None, "Size": 5}  # fmt: skip


NODE = [
    _image("1", tags=(f"{OURS}/web:latest", "demo-web:latest"), digests=(f"{OURS}/web@{_digest('a')}",)),
    _image("2", tags=(f"{OURS}/web:sha-2", "mine:kept"), digests=(f"{OURS}/web@{_digest('b')}",)),
    _image("3", tags=(f"{OTHER}/web:1",)),
    _image("4", tags=("<none>:<none>",), digests=("<none>@<none>",)),
    _image("5", digests=(f"{OURS}/busy@{_digest('c')}", f"{OURS}/api@{_digest('d')}")),
    _image("6"),
]


def _container(letter: str, service: str, number: str = "gone") -> dict[str, Any]:
    labels = {"com.docker.swarm.service.id": number, "com.docker.swarm.service.name": service}
    return {"Id": letter * 64, "Image": "x", "ImageID": _digest(letter), "Labels": labels, "Mounts": [{"Type": "bind"}]}


ENDED = [
    _container("a", "demo_pull-0123abcdef01"),
    _container("b", "demo_migrate"),
    _container("d", "demo_migrate", "living"),
    _container("c", "longshore-proxy_reload"),
    _container("e", "demo_web"),
    _container("f", "demo_eu_pull-0123abcdef01"),
]
"""Those of the first services go: the others are not the project's jobs, or their service is there."""


def _removed(folder: Path, keep: set[str], old: set[str]) -> tuple[list[str], str]:
    """What the job asks for on such a node, and what it says."""
    told = {"listed": NODE, "containers": ENDED}
    files = {name: json.dumps(content, separators=(",", ":")) for name, content in told.items()}
    for name, text in {"wget": WGET, "caddy": "#!/bin/sh\n", **files}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    ended = Ended(frozenset({"demo_migrate"}), frozenset({"living", "another"}))
    job = forgetting("demo", "caddy:2", keep, old, ended)
    words = job["TaskTemplate"]["ContainerSpec"]["Command"]
    done = subprocess.run(words, cwd=folder, env={"PATH": f"{folder}:/usr/bin:/bin"}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (listing,) = (folder / "listings").read_text().splitlines()
    assert unquote(listing).endswith('/images/json?filters={"label": ["com.docker.compose.project=demo"]}')
    asked = (folder / "asked").read_text().splitlines() if (folder / "asked").exists() else []
    assert [one.partition("/containers/")[2] for one in asked[:3]] == [letter * 64 for letter in "abc"]
    return [one.partition("/images/")[2] for one in asked[3:]], done.stdout


def test_only_the_projects_own_names_of_images_that_nothing_needs(tmp_path: Path) -> None:
    keep = {f"{OURS}/web@{_digest('a')}", f"{OURS}/api@{_digest('f')}", _digest("6")}
    asked, said = _removed(tmp_path, keep, {f"{OURS}/web@{_digest('b')}", f"{OURS}/busy@{_digest('c')}"})
    gone = [f"{OURS}/web@{_digest('b')}", f"{OURS}/web:sha-2", _digest("4"), f"{OURS}/api@{_digest('d')}"]
    assert sorted(asked) == sorted([*gone, f"{OURS}/busy@{_digest('c')}"])
    assert sorted(said.splitlines()) == sorted(f"removed {one}" for one in gone)


def test_without_a_registry_only_what_has_no_name_goes(tmp_path: Path) -> None:
    asked, _ = _removed(tmp_path, {_digest("1")}, {_digest("4")})
    assert asked == [_digest("4"), _digest("6")]


def test_what_releases_run() -> None:
    spec = {"Name": "demo_web", "TaskTemplate": {"ContainerSpec": {"Image": "a@b"}}}
    assert images_in([Release(1, "live", (Wanted("web", "demo_web", spec, 0),))]) == {"a@b"}
