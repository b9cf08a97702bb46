"""How long a backup, a drill and a restore of 500,000 rows take, natively.

.venv/bin/python -m bench.backup_drill"""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path

from tests.shore import Shore, shared_cache

from bench.machine import table, timed

ROWS = 500_000
COMPOSE = """
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: sesame}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U shop"], interval: 1s, retries: 180}
volumes: {data: }
"""
FILL = (
    "create table orders as select n as id, md5(n::text) as what, now() as at, n / 7.0 as price"
    f" from generate_series(1, {ROWS}) n; alter table orders add primary key (id)"
)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "p")
        folder.mkdir()
        shop = Shore(folder, Path(place, "h"), cache=shared_cache(), project=f"d{uuid.uuid4().hex[:6]}")
        shop.write(compose=COMPOSE)
        try:
            shop.ok("up", "-d", "--wait")
            shop.ok("exec", "-T", "db", "psql", "-U", "shop", "-qc", FILL)
            rows = [("backup: dump, counts, store", f"{timed(lambda: shop.ok('backup')):.1f} s", "")]
            said: list[str] = []
            seconds = timed(lambda: said.append(shop.ok("backup", "drill", "--format", "json").out))
            drill = json.loads(said[0])
            assert drill["good"], drill["wrong"]
            rows.append(("drill: a copy up, restored, compared, healthy, removed", f"{seconds:.1f} s", "10 s"))
            rows.append(("of it until the restored stack was ready", f"{drill['seconds']:.1f} s", ""))
            seconds = timed(lambda: shop.ok("restore", "--yes", "--no-backup"))
            rows.append(("restore beside the live data, compared, exchanged", f"{seconds:.1f} s", ""))
        finally:
            shop.down()
    table("backup-drill", f"Backups of {ROWS:,} rows in PostgreSQL, natively", ("what", "time", "bar"), rows)


if __name__ == "__main__":
    main()
