"""What backups say of themselves: tables, and the same as JSON and as metrics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from longshore.backup.drill import Drill
from longshore.backup.manifest import Content
from longshore.backup.repository import Snapshot
from longshore.backup.restoring import Restored
from longshore.backup.taking import Taken
from longshore.model.codec import encode_whole
from longshore.report.line import Span
from longshore.report.times import age, prose, size

__all__ = ["SNAPSHOTS", "backup_metrics", "content_line", "drill_json", "drill_lines", "drill_metrics", "restored_json",
           "snapshot_json", "snapshot_rows", "taken_json"]  # fmt: skip

TABLES = {
    "postgres": ("PostgreSQL", "table", "row"),
    "mariadb": ("MariaDB", "table", "row"),
    "mongo": ("MongoDB's protocol", "collection", "document"),
}
"""Servers whose data is in tables: what they, their tables and rows are called."""

SNAPSHOTS = ("SNAPSHOT", "TAKEN", "AGE", "TAGS")


def content_line(content: Content, seconds: float) -> str:
    """A part that is done: "db  PostgreSQL 16.4: 12 tables, 5,000 rows, 1.2 MB, in 0.3 s"."""
    number = sum(one.count for one in content.counted if not one.at_most and one.name != "all keys that stay")
    if content.kind in TABLES:
        server, table, row = TABLES[content.kind]
        what = f"{server} {content.server}: {_several(len(content.counted), table)}, {_several(number, row)}"
    elif content.kind == "redis":
        what = f"Redis {content.server}: {_several(sum(one.count for one in content.counted[:-1]), 'key')}"
    else:
        what = _several(number, "file")
    return f"{content.part}  {what}, {size(content.size)}, in {prose(seconds)}"


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def snapshot_rows(snapshots: Iterable[Snapshot], now: float) -> list[tuple[Span, ...]]:
    return [
        (
            Span(one.id),
            Span(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.taken))),
            Span(age(max(0.0, now - one.taken))),
            Span(", ".join(tag for tag in one.tags if not tag.startswith("project=")) or "–"),
        )
        for one in snapshots
    ]


def snapshot_json(snapshot: Snapshot) -> str:
    return json.dumps(encode_whole(snapshot))


def taken_json(taken: Taken, repository: str) -> str:
    return json.dumps({"repository": repository, **encode_whole(taken)})


def restored_json(restored: Restored) -> str:
    return json.dumps(encode_whole(restored))


def drill_lines(drill: Drill) -> list[str]:
    """What a drill has shown, for people."""
    lines = [f"✗ {text}" for text in drill.wrong]
    if drill.good:
        lines.append(
            f"✓ snapshot {drill.snapshot} is whole: {drill.compared} tables, key spaces and trees as they were kept"
        )
    if drill.seconds:
        lines.append(f"  restored and ready in {prose(drill.seconds)}; it is {age(drill.age)} old")
    return lines


def drill_json(drill: Drill) -> str:
    whole: dict[str, Any] = encode_whole(drill)
    return json.dumps({**whole, "good": drill.good, "compared": drill.compared})


def drill_metrics(drill: Drill, project: str, now: float) -> str:
    """For Prometheus, by the text format that node-exporter's textfile collector reads."""
    rows = (
        ("drill_good", "Whether the newest snapshot was restored and was what had been kept.", int(drill.good)),
        ("drill_time_seconds", "When the drill ended.", round(now, 3)),
        ("drill_restore_seconds", "How long it took until the restored stack was ready.", round(drill.seconds, 3)),
        ("drill_snapshot_age_seconds", "How old the snapshot was.", round(drill.age, 3)),
        ("drill_compared", "Tables, key spaces and trees of files that were compared.", drill.compared),
    )
    return _figures(project, rows)


def backup_metrics(taken: Taken, project: str) -> str:
    """The same of a backup that was made."""
    kept = taken.manifest
    return _figures(project, (
        ("backup_time_seconds", "When the newest backup was begun.", round(kept.taken, 3)),
        ("backup_seconds", "How long it took.", round(kept.seconds, 3)),
        ("backup_bytes", "How much was kept.", sum(content.size for content in kept.contents)),
        ("backup_added_bytes", "How much of it the repository did not have yet.", taken.added),
    ))  # fmt: skip


def _figures(project: str, rows: Iterable[tuple[str, str, float]]) -> str:
    lines: list[str] = []
    for name, text, value in rows:
        full = f"longshore_{name}"
        lines += [f"# HELP {full} {text}", f"# TYPE {full} gauge", f'{full}{{project="{project}"}} {value}']
    return "\n".join(lines) + "\n"
