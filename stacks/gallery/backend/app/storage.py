"""Files on the upload volume. A file is there whole under its name, or not at all."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # controls and text-direction tricks


def shown_name(name: str | None) -> str:
    """The name of an upload as it may be shown: its last part only. It never becomes part of a path."""
    last = UNSEEN.sub("", name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.strip(". ")[:200] or "photo"


def title_of(name: str) -> str:
    """`IMG_2041.jpeg` is shown as `IMG 2041`."""
    stem = name.rpartition(".")[0] or name
    return re.sub(r"[_\s]+", " ", stem).strip() or "photo"


class Storage:
    """`incoming/` holds what was uploaded until a worker has made `photos/<ab>/<id>/` of it."""

    def __init__(self, root: Path) -> None:
        self.incoming_dir = root / "incoming"
        self.photos_dir = root / "photos"

    def prepare(self) -> None:
        self.incoming_dir.mkdir(parents=True, exist_ok=True)
        self.photos_dir.mkdir(parents=True, exist_ok=True)

    def incoming(self, photo_id: UUID) -> Path:
        return self.incoming_dir / str(photo_id)

    def photo_dir(self, photo_id: UUID) -> Path:
        return self.photos_dir / photo_id.hex[:2] / str(photo_id)

    def receive(self, photo_id: UUID, chunks: Iterable[bytes]) -> int:
        """Write an upload, durably, and return its length. On any error nothing is left behind."""
        target = self.incoming(photo_id)
        partial = target.with_suffix(".part")
        try:
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
                length = file.tell()
            partial.rename(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return length

    def drop_incoming(self, photo_id: UUID) -> None:
        self.incoming(photo_id).unlink(missing_ok=True)

    def publish(self, photo_id: UUID, write: Callable[[Path], None]) -> None:
        """Let `write` fill a new directory and put it in place in one step."""
        target = self.photo_dir(photo_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            write(fresh)
            fresh.chmod(0o755)
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def remove(self, photo_id: UUID) -> None:
        """Remove everything of a photo; what is not there is no error."""
        self.drop_incoming(photo_id)
        shutil.rmtree(self.photo_dir(photo_id), ignore_errors=True)

    def strays(self, older_than: float) -> list[Path]:
        """Files in `incoming/` last written before this time: candidates for the sweep after a crash."""
        return [path for path in self.incoming_dir.iterdir() if path.stat().st_mtime < older_than]
