"""What is kept, what a snapshot says of it, and what a comparison finds."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import textwrap
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from longshore.backup.drill import Drill
from longshore.backup.manifest import Content, Counted, Manifest, compare, read_manifest, write_manifest
from longshore.backup.parts import Part, choose, survey_parts
from longshore.backup.repository import Repository, Snapshot, _cut, repository_of
from longshore.backup.restoring import fitting
from longshore.backup.servers.files import _put_in, _settled, sqlite_in, tree_of
from longshore.backup.servers.mariadb import _whole, tables_of
from longshore.backup.servers.mongo import collections_of
from longshore.backup.servers.redis import password_of, read_counts
from longshore.backup.settings import KEEP, Settings, settings_of
from longshore.flow.home import Where, load_stack
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.stack import Stack
from longshore.report.backups import content_line, drill_lines, drill_metrics, snapshot_rows


def stack_of(folder: Path, text: str) -> Stack:
    (folder / "compose.yaml").write_text(textwrap.dedent(text))
    return load_stack(Where(project_directory=str(folder), files=(str(folder / "compose.yaml"),), environ={}))


SHOP = """
    name: shop
    services:
      db:
        image: registry.example/library/postgres:16
        volumes: [data:/var/lib/postgresql/data]
      cache:
        image: redis:7
        volumes: [cache:/data]
      events:
        image: cassandra:5
        volumes: [events:/var/lib/cassandra]
      web:
        build: ./web
        volumes: ["./web:/app", "media:/media", "./uploads:/uploads", "./conf:/conf:ro", "/app/node_modules"]
      front:
        image: nginx
        volumes: ["media:/media:ro"]
    volumes: {data: , cache: , events: , media: }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Stack:
    for name in ("web", "uploads", "conf"):
        (tmp_path / name).mkdir()
    (tmp_path / "web/main.py").touch()
    return stack_of(tmp_path, SHOP)


def test_databases_by_their_tools_and_all_else_that_is_written_to_as_files(shop: Stack) -> None:
    found = survey_parts(shop)
    assert found.parts == (
        Part("db", "postgres", "db", users=("db",)),
        Part("cache", "redis", "cache", users=("cache",)),
        Part("media", "files", "web", "/media", ("web", "front")),
        Part("uploads", "files", "web", "/uploads", ("web",)),
    )
    assert found.left_out == ("events: Cassandra is not kept yet; use its own tools", "web: source code, not data")


def test_parts_are_named_by_service_volume_or_folder(shop: Stack) -> None:
    survey = survey_parts(shop)
    assert [part.name for part in choose(survey, [])] == ["db", "cache", "media", "uploads"]
    assert [part.name for part in choose(survey, ["front", "db"])] == ["media", "db"]
    assert [part.name for part in choose(survey, ["web"])] == ["media", "uploads"]
    with pytest.raises(ShoreError) as refused:
        choose(survey, ["medai"])
    assert (refused.value.what, refused.value.hint) == ("medai has no data that is kept", "did you mean media?")
    with pytest.raises(ShoreError, match="events: Cassandra is not kept yet"):
        choose(survey, ["events"])
    with pytest.raises(ShoreError) as refused:
        choose(survey, ["zebra"])
    assert refused.value.hint == "there is: db, cache, media, uploads"
    with pytest.raises(ShoreError) as refused:
        choose(replace(survey, parts=()), ["zebra"])
    assert refused.value.hint == "there is: nothing"


def test_a_folder_is_data_unless_it_is_built_from_or_has_programs(tmp_path: Path) -> None:
    for name in ("built/inner", "around/inner", "data", "deep/er", "remote", "code"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("deep/er/main.go", "notes.txt", "code/a.py"):
        (tmp_path / name).touch()
    mounts = ["./built:/a", "./around:/b", "./data:/c", "./deep:/d", "./notes.txt:/e", "./code:/f", "/g"]
    found = survey_parts(stack_of(tmp_path, f"""
        services:
          web: {{build: ./built, volumes: {mounts}}}
          inner: {{build: ./around/inner}}
          far: {{build: "https://example.test/{tmp_path}/data.git"}}
    """))  # fmt: skip
    assert [part.name for part in found.parts] == ["data"]
    assert found.left_out == tuple(f"{name}: source code, not data" for name in ("built", "around", "deep", "code"))


def test_who_may_write_comes_first(tmp_path: Path) -> None:
    text = """
        services:
          reader: {image: a, volumes: ["media:/r:ro", "only:/o:ro"]}
          writer: {image: a, volumes: ["media:/w"]}
        volumes: {media: , only: }
    """
    assert survey_parts(stack_of(tmp_path, text)).parts == (
        Part("media", "files", "writer", "/w", ("writer", "reader")),
    )


def test_a_stack_without_data(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, "services: {web: {image: nginx}}")
    with pytest.raises(ShoreError, match="this stack has no data to keep"):
        choose(survey_parts(stack), [])


def content(*counted: Counted, **more: str) -> Content:
    return Content("db", "postgres", counted, (), **more)


TABLES = (Counted("shop: public.orders", 10, "77"), Counted("shop: public.empty", 0, "0"))


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (TABLES, []),
        (TABLES[:1], []),  # an empty table that is gone is no row lost
        (TABLES[1:], ["shop: public.orders is missing: 10 kept"]),
        ((Counted("shop: public.orders", 9, "70"),), ["shop: public.orders 9 are there, 10 were kept"]),
        (
            (Counted("shop: public.orders", 10, "78"),),
            ["shop: public.orders as many as were kept (10), but with other content"],
        ),
        ((*TABLES, Counted("shop: public.more", 1, "5")), ["shop: public.more 1 are there that were not kept"]),
        ((*TABLES, Counted("shop: public.more", 0, "0")), []),
    ],
)
def test_every_difference_is_named(there: tuple[Counted, ...], said: list[str]) -> None:
    assert [f"{one.name} {one.text}" for one in compare(content(*TABLES), content(*there))] == said


def test_what_expires_may_be_less_but_not_more() -> None:
    kept = content(Counted("keys", 5, at_most=True))
    assert not list(compare(kept, content(Counted("keys", 3, at_most=True))))
    assert not list(compare(kept, content()))
    assert [one.text for one in compare(kept, content(Counted("keys", 6, at_most=True)))] == [
        "6 are there, at most 5 were kept"
    ]


def manifest(*contents: Content) -> Manifest:
    return Manifest("shop", "native", "1", 100.0, 2.0, contents)


def test_a_manifest_travels_as_text() -> None:
    whole = manifest(content(*TABLES, server="16.4"))
    assert read_manifest(write_manifest(whole)) == whole
    with pytest.raises(ShoreError, match="manifest cannot be read"):
        read_manifest("[]")
    with pytest.raises(ShoreError, match="manifest cannot be read"):
        read_manifest("{")
    with pytest.raises(ShoreError, match="of a later version"):
        read_manifest(write_manifest(whole).replace('"project"', '"format": 2, "project"'))


def test_what_of_a_snapshot_fits_the_stack() -> None:
    parts = (Part("db", "postgres", "db"), Part("media", "files", "web", "/media"))
    assert fitting(manifest(content()), parts, ()) == parts[:1]
    assert fitting(manifest(content()), parts, ("db",)) == parts[:1]
    with pytest.raises(ShoreError, match="media is not in the snapshot"):
        fitting(manifest(content()), parts, ("media",))
    with pytest.raises(ShoreError, match="nothing of this stack"):
        fitting(manifest(), parts, ())


def test_settings_of_the_file(tmp_path: Path) -> None:
    assert settings_of(stack_of(tmp_path, "services: {a: {image: b}}")) == Settings(keep=KEEP)
    text = "x-longshore: {backup: {to: 's3:x', password_file: p, keep: {last: 2}}}\nservices: {a: {image: b}}"
    assert settings_of(stack_of(tmp_path, text)) == Settings("s3:x", "p", {"last": 2})
    for text in ("x-longshore: {backup: {}}", "x-longshore: {backup: }", "x-longshore: 3"):
        found = settings_of(stack_of(tmp_path, f"{text}\nservices: {{a: {{image: b}}}}"))
        assert found == Settings("", "", {"daily": 7, "weekly": 4, "monthly": 6})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes please", "must be a mapping"),
        ("{two: s3}", "x-longshore.backup.two is not known"),
        ("{keep: {days: 3}}", "keep names last, hourly"),
        ("{keep: {daily: 0}}", "at least 1"),
        ("{keep: 7}", "keep names last, hourly"),
        ("{keep: {daily: x}}", "at least 1"),
        ("{keep: {daily: true}}", "at least 1"),
    ],
)
def test_settings_that_are_none(tmp_path: Path, text: str, said: str) -> None:
    stack = stack_of(tmp_path, f"x-longshore: {{backup: {text}}}\nservices: {{a: {{image: b}}}}")
    with pytest.raises(ShoreError, match=said):
        settings_of(stack)


def environ_of(folder: Path, **more: str) -> Mapping[str, str]:
    return {"XDG_DATA_HOME": str(folder), **more}


def test_where_snapshots_go(tmp_path: Path) -> None:
    own = repository_of("shop", Settings(), "", environ_of(tmp_path), "/p")
    place = tmp_path / "longshore/backups/shop"
    assert (own.name, own.password_file, own.own) == (str(place / "repository"), str(place / "password"), True)
    assert place.stat().st_mode & 0o777 == 0o700
    given = environ_of(tmp_path, RESTIC_REPOSITORY="s3:there", RESTIC_PASSWORD="x")
    theirs = repository_of("shop", Settings(), "", given, "/p")
    assert (theirs.name, theirs.password_file, theirs.own) == ("s3:there", "", False)
    assert repository_of("shop", Settings("sftp:x"), "", given, "/p").name == "sftp:x"
    assert repository_of("shop", Settings("sftp:x"), "rest:y", given, "/p").name == "rest:y"
    with pytest.raises(ShoreError, match="there is no password file /p/secret"):
        repository_of("shop", Settings(password_file="secret"), "", given, "/p")
    (tmp_path / "secret").touch()
    named = repository_of("shop", Settings(password_file="secret"), "", given, str(tmp_path))
    assert (named.name, named.password_file, named.own) == ("s3:there", str(tmp_path / "secret"), False)


def restic(folder: Path, script: str) -> Repository:
    """A repository that is kept by a program of the test's own, which writes what it is asked to `asked`."""
    program = folder / "restic"
    program.write_text(f'#!/bin/sh\necho "$*" >> {folder}/asked\n{script}\n')
    program.chmod(0o755)
    return Repository("r", str(folder / "password"), {"PATH": f"{folder}:/bin:/usr/bin"}, own=True)


async def test_a_repository_is_made_where_there_is_none(tmp_path: Path) -> None:
    there = restic(tmp_path, "exit 0")
    assert not await there.make()
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
    known = (tmp_path / "password").read_text()
    none = restic(tmp_path, 'test "$1" = init || { echo "Is there a repository?" >&2; exit 10; }')
    assert await none.make()
    assert (tmp_path / "password").read_text() == known
    locked = restic(tmp_path, 'echo "unable to open" >&2; exit 1')
    with pytest.raises(ShoreError, match="the repository r cannot be opened") as refused:
        await locked.make()
    assert refused.value.details == ("unable to open",)
    (tmp_path / "theirs").mkdir()
    theirs = restic(tmp_path / "theirs", 'printf "1\\n2\\n\\n3\\n4\\n" >&2; exit 1')
    with pytest.raises(ShoreError) as refused:
        await replace(theirs, own=False).make()
    assert refused.value.details == ("2", "3", "4")
    assert not (tmp_path / "theirs/password").exists()
    assert (tmp_path / "theirs/asked").read_text() == "cat config --no-lock\n"


async def test_a_failure_has_its_last_five_lines(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="r: the check failed with code 3") as failed:
        await restic(tmp_path, "echo 1; for n in 2 3 4 5 6 7; do echo $n >&2; done; exit 3").check(full=True)
    assert failed.value.details == ("3", "4", "5", "6", "7")
    with pytest.raises(ShoreError, match="restic is not installed"):
        await Repository("r", "", {"PATH": str(tmp_path / "none")}).check(full=False)


async def test_what_somebody_else_works_on_is_let_go_next_time(tmp_path: Path) -> None:
    assert not await restic(tmp_path, "echo the repository is already locked >&2; exit 1").forget("shop", Settings())
    assert await restic(tmp_path, "exit 0").forget("shop", Settings(keep={"last": 2}))
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[-1].endswith("--keep-within 1d --keep-last 2")
    with pytest.raises(ShoreError, match="r: forgetting failed with code 1"):
        await restic(tmp_path, "exit 1").forget("shop", Settings())


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2026-11-28T13:15:23.123456789Z", "2026-11-28T13:15:23.123456+00:00"),
        ("2026-11-28T13:15:23.5+02:00", "2026-11-28T13:15:23.500000+02:00"),
        ("2026-11-28T13:15:23Z", "2026-11-28T13:15:23+00:00"),
    ],
)
def test_times_of_restic(text: str, known: str) -> None:
    assert _cut(text) == known


@pytest.mark.parametrize(
    ("words", "password"),
    [
        (("redis-server", "--requirepass", "sesame"), "sesame"),
        (("sh", "-c", 'exec redis-server --requirepass "open sesame" --save 60 1'), "open sesame"),
        (("redis-server", "--requirepass=a"), "a"),
        (("redis-server",), ""),
    ],
)
def test_the_password_of_a_redis(words: tuple[str, ...], password: str) -> None:
    assert password_of(words) == password


def test_counts_of_a_redis() -> None:
    said = "version 7.2.1\ndb 0 7 2\ndb 3 1 0\nnoise\ndigest abc\n"
    assert read_counts(said) == (
        (
            Counted("db0 keys", 5),
            Counted("db0 keys that expire", 2, at_most=True),
            Counted("db3 keys", 1),
            Counted("db3 keys that expire", 0, at_most=True),
            Counted("all keys that stay", 6, "abc"),
        ),
        "7.2.1",
    )


def archive(path: Path, *files: tuple[str, bytes], mode: int = 0o644) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), mode
            tar.addfile(member, io.BytesIO(data))
    return path


def test_a_tree_is_the_same_in_any_order_and_another_by_any_change(tmp_path: Path) -> None:
    one = tree_of(archive(tmp_path / "1", ("./a", b"1"), ("./b", b"2")))
    assert one == tree_of(archive(tmp_path / "2", ("b", b"2"), ("a", b"1")))
    assert one[0].count == 2
    for number, other in enumerate(
        (
            archive(tmp_path / "3", ("./a", b"2"), ("./b", b"1")),
            archive(tmp_path / "4", ("./a", b"1"), ("./c", b"2")),
            archive(tmp_path / "5", ("./a", b"1"), ("./b", b"2"), mode=0o600),
        )
    ):
        assert tree_of(other) != one, number


def database(path: Path, *, wal: bool = False) -> sqlite3.Connection:
    live = sqlite3.connect(path)
    if wal:
        live.execute("pragma journal_mode=wal")
    live.execute("create table t (a)")
    live.executemany("insert into t values (?)", [(n,) for n in range(100)])
    live.commit()
    return live


def test_databases_of_sqlite_are_found_and_exchanged(tmp_path: Path) -> None:
    with closing(database(tmp_path / "x")):
        data = (tmp_path / "x").read_bytes()
    path = archive(tmp_path / "tar", ("./d/x", data), ("./d/x-wal", b"log"), ("./other", b"SQLite"))
    assert sqlite_in(path) == ("d/x",)
    (tmp_path / "copy").write_bytes(b"instead")
    _put_in(path, {"d/x": tmp_path / "copy"})
    with tarfile.open(path) as tar:
        assert {member.name: tar.extractfile(member).read() for member in tar} == {  # type: ignore[union-attr]
            "./d/x": b"instead",
            "./other": b"SQLite",
        }


def test_what_is_only_in_the_write_ahead_log_is_kept(tmp_path: Path) -> None:
    with closing(database(tmp_path / "x", wal=True)):
        files = tuple((name, (tmp_path / name).read_bytes()) for name in ("x", "x-wal"))
    _settled(archive(tmp_path / "tar", *files), "x", tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as there:
        assert there.execute("select count(*) from t").fetchone() == (100,)


def test_what_people_read() -> None:
    one = content(*TABLES, server="16.4")
    assert content_line(one, 0.5) == "db  PostgreSQL 16.4: 2 tables, 10 rows, 0 B, in 0.50 s"
    files = Content("media", "files", (Counted("files", 1, "x"),), (), size=10)
    assert content_line(files, 1.0) == "media  1 file, 10 B, in 1.00 s"
    rows = snapshot_rows([Snapshot("1a2b", 100.0, ("project=shop", "before the sale"))], 160.0)
    assert [span.text for span in rows[0]][2:] == ["60s", "before the sale"]


def test_what_a_drill_says() -> None:
    good = Drill("1a2b", manifest(content(*TABLES)), (), 3600.0, 2.5, healthy=True)
    assert drill_lines(good) == [
        "✓ snapshot 1a2b is whole: 2 tables, key spaces and trees as they were kept",
        "  restored and ready in 2.50 s; it is 60m old",
    ]
    assert not Drill("1", good.manifest, ("db: x",), 0.0, 1.0, healthy=True).good
    assert not Drill("1", good.manifest, (), 0.0, 1.0, healthy=False).good
    text = drill_metrics(good, "shop", 1000.0)
    assert 'longshore_drill_good{project="shop"} 1\n' in text
    assert 'longshore_drill_snapshot_age_seconds{project="shop"} 3600.0\n' in text
    assert text.count("# TYPE ") == 5


def dump(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


ORDERS = 'C{"db": "shop", "name": "orders", "options": {}, "indexes": [{"v": 2, "key": {"a": 1}, "name": "a_1"}]}'


def test_a_dump_of_mongo_is_counted_in_any_order_and_a_cut_one_is_refused(tmp_path: Path) -> None:
    one, version = collections_of(dump(tmp_path / "1", ORDERS, 'D{"a":1}', 'D{"a":2}', "E7.0.42"), "db")
    assert (version, [(found.name, found.count) for found in one]) == ("7.0.42", [("shop.orders", 2)])
    assert collections_of(dump(tmp_path / "2", ORDERS, 'D{"a":2}', 'D{"a":1}', "E8.0"), "db")[0] == one
    for number, lines in enumerate(
        (
            (ORDERS, 'D{"a":1}', 'D{"a":3}', "E7.0.42"),
            (ORDERS.replace('"a": 1', '"a": -1'), 'D{"a":1}', 'D{"a":2}', "E7.0.42"),
            (ORDERS, 'D{"a":{"$numberDouble":"1.0"}}', 'D{"a":2}', "E7.0.42"),
        )
    ):
        assert collections_of(dump(tmp_path / "3", *lines), "db")[0] != one, number
    with pytest.raises(ShoreError, match="the dump was cut short"):
        collections_of(dump(tmp_path / "4", ORDERS, 'D{"a":1}'), "db")


def test_documents_that_expire_may_be_fewer(tmp_path: Path) -> None:
    goes = ORDERS.replace('"v": 2', '"expireAfterSeconds": 60')
    assert collections_of(dump(tmp_path / "1", goes, "E7.0"), "db")[0][0].at_most


def test_tables_and_ends_of_dumps_of_mariadb(tmp_path: Path) -> None:
    said = "row\torders\t5\t123\nnoise\nrow\ta b\t0\t0\n"
    assert tables_of("shop", said) == [Counted("shop: orders", 5, "123"), Counted("shop: a b", 0, "0")]
    _whole(dump(tmp_path / "1", "CREATE", "-- Dump completed on 2026-11-28 10:00:00"), "it")
    with pytest.raises(ShoreError, match="it was cut short"):
        _whole(dump(tmp_path / "2", "CREATE"), "it")
