"""The three services of stacks/gallery as bare processes, on free ports, in the order of the Compose file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.gallery_stack import FORMS

from bench.bare import Bare, answers_http, answers_postgres, free_port, specs, wait_for
from longshore.model.record import replace
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.spec import ContainerSpec, MountSpec
from longshore.native.shared.volumes import Volumes

__all__ = ["BareGallery", "running"]

HEALTH = "/health"
TEMPLATE = "front/nginx/default.conf.template"


class BareGallery:
    """Prepared by the constructor, started by `start`, which returns when the front end answers. `scratch` is a folder
    for nginx's configuration with this run's ports in it."""

    def __init__(self, folder: Path, form: str, volumes: Path, cache: str, scratch: Path) -> None:
        self.folder, self.scratch, self.where = folder, scratch, Volumes(volumes)
        of = specs(folder, FORMS[form][0], cache)
        self.db_port, self.api_port, self.port = free_port(), free_port(), free_port()
        self.db = Bare(of["db"], self.where, env={"PGPORT": str(self.db_port)})
        self.backend = self._backend(of["backend"])
        self.frontend = (self._nginx if form == "production" else self._vite)(of["frontend"])
        for service in self._services:
            service.prepare()

    @property
    def _services(self) -> tuple[Bare, ...]:
        return self.db, self.backend, self.frontend

    def _backend(self, spec: ContainerSpec) -> Bare:
        argv = [{"0.0.0.0": "127.0.0.1", "8000": str(self.api_port)}.get(word, word) for word in spec.argv]
        url = spec.environment["DATABASE_URL"].replace("@db:5432", f"@127.0.0.1:{self.db_port}")
        return Bare(spec, self.where, argv=argv, env={"DATABASE_URL": url})

    def _vite(self, spec: ContainerSpec) -> Bare:
        argv = [*spec.argv, "--port", str(self.port)]
        return Bare(spec, self.where, argv=argv, env={"API_TARGET": f"http://127.0.0.1:{self.api_port}"})

    def _nginx(self, spec: ContainerSpec) -> Bare:
        """With its own template, the addresses changed. An ordinary user starts it as nginx's own user: in their one
        namespace of a single id its workers could not change to it."""
        text = (self.folder / TEMPLATE).read_text()
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.port};").replace("listen [::]:80;", "")
        text = text.replace("http://backend:8000", f"http://127.0.0.1:{self.api_port}")
        files = {
            "/etc/nginx/templates/default.conf.template": text,
            "/etc/resolv.conf": "nameserver 127.0.0.1\n",
        }
        mounts = [MountSpec("bind", target, self._written(target, content)) for target, content in files.items()]
        spec = replace(spec, mounts=(*spec.mounts, *mounts), user=spec.user if is_root() else "nginx")
        return Bare(spec, self.where)

    def _written(self, target: str, content: str) -> str:
        path = self.scratch / Path(target).name
        path.write_text(content)
        path.chmod(0o644)
        return str(path)

    def start(self) -> None:
        self.db.start()
        wait_for(lambda: answers_postgres(self.db_port))
        self.backend.start()
        wait_for(lambda: answers_http(self.api_port, HEALTH))
        self.frontend.start()
        wait_for(lambda: answers_http(self.port, "/"))

    def stop(self) -> None:
        for service in reversed(self._services):
            service.stop()


@contextmanager
def running(folder: Path, form: str, volumes: Path, cache: str, scratch: Path) -> Iterator[BareGallery]:
    bare = BareGallery(folder, form, volumes, cache, scratch)
    try:
        bare.start()
        yield bare
    finally:
        bare.stop()
