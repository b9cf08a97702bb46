"""Reload as soon as the kernel says that a source file changed: Django's own looks at every file once a second.

Only this project's tree is watched: what is in the image does not change while it runs."""

from collections.abc import Iterator
from pathlib import Path

from django.utils import autoreload
from watchfiles import PythonFilter, watch

ROOT = Path(__file__).resolve().parent.parent
SETTLE_MS = 20
"""An editor's save is several events; the reload begins when this long none came."""


class KernelReloader(autoreload.BaseReloader):
    def tick(self) -> Iterator[None]:
        for changes in watch(ROOT, watch_filter=PythonFilter(), step=SETTLE_MS, yield_on_timeout=True):
            for _, path in sorted(changes):
                self.notify_file_changed(Path(path))
            yield


def install() -> None:
    autoreload.get_reloader = KernelReloader
