"""MongoDB, and FerretDB that stands in for it: every collection by the server's own shell, document by document with
its types; restored beside the live collections, compared, then renamed."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import IO

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted
from longshore.backup.parts import Part
from longshore.backup.servers.kind import Kind, failed, refuse_difference
from longshore.model.errors import ShoreError
from longshore.model.record import replace

__all__ = ["Mongo", "collections_of"]

DUMP = "collections.ejson"
END = "E"
"""The dump's last line: without it the dump was cut short."""
COLLECTION, DOCUMENT = "C", "D"
"""How the lines begin that say what a collection is, and those that are its documents."""

OPEN = r"""
const fs = require('fs'), env = process.env;
const value = name => env[name] ||
  (env[name + '_FILE'] ? fs.readFileSync(env[name + '_FILE'], 'utf8').replace(/\n+$/, '') : '');
const user = value('MONGO_INITDB_ROOT_USERNAME'), password = value('MONGO_INITDB_ROOT_PASSWORD');
const login = user ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : '';
const mongo = new Mongo(`mongodb://${login}${env.LONGSHORE_HOST}:${env.LONGSHORE_PORT}/?directConnection=true` +
  (user ? '&authSource=admin' : ''));
const JOURNAL = 'longshore_restoring', BEFORE = /_before_\d{8}T\d{6}$/, DRAFT = /_restored$/;
const databases = () => mongo.getDBNames().filter(n => !['admin', 'config', 'local', JOURNAL].includes(n)).sort();
const infos = d => mongo.getDB(d).getCollectionInfos()
  .filter(i => i.type !== 'view' && !i.name.startsWith('system.')).sort((a, b) => a.name < b.name ? -1 : 1);
const names = d => infos(d).map(i => i.name);
const rename = (d, from, to) => {
  const said = mongo.getDB('admin').runCommand({renameCollection: `${d}.${from}`, to: `${d}.${to}`});
  if (!said.ok) throw new Error(said.errmsg);
};
const exchange = (wanted, stamp) => {
  for (const d of new Set([...databases(), ...Object.keys(wanted)])) {
    const there = names(d);
    for (const name of there.filter(n => !BEFORE.test(n) && !DRAFT.test(n)))
      if (there.includes(`${name}_restored`) || !(wanted[d] || []).includes(name))
        rename(d, name, `${name}_before_${stamp}`);
    for (const name of there.filter(n => DRAFT.test(n))) rename(d, name, name.replace(DRAFT, ''));
  }
  mongo.getDB(JOURNAL).dropDatabase();
};
const repair = () => {
  const begun = mongo.getDB(JOURNAL).getCollection('exchange').findOne();
  if (begun) exchange(begun.wanted, begun.stamp);
  else for (const d of databases()) for (const n of names(d)) if (DRAFT.test(n)) mongo.getDB(d).getCollection(n).drop();
};
const put = text => {
  const data = Buffer.from(text);
  for (let at = 0; at < data.length;)
    try { at += fs.writeSync(1, data, at); } catch (e) { if (e.code !== 'EAGAIN') throw e; }
};
"""
"""One restore has its journal in a database of its own: whoever comes after a killed one finishes what had come to its
exchange, and drops any other's drafts."""

DUMP_OUT = r"""
let lines = [];
const flush = () => { put(lines.join('')); lines = []; };
const out = line => { if (lines.push(line + '\n') > 1000) flush(); };
for (const d of databases()) for (const info of infos(d)) {
  if (BEFORE.test(info.name) || DRAFT.test(info.name) !== drafts) continue;
  const one = mongo.getDB(d).getCollection(info.name);
  const indexes = one.getIndexes().filter(i => i.name !== '_id_').map(i => { const { ns, ...rest } = i; return rest; });
  const name = info.name.replace(DRAFT, '');
  out('C' + EJSON.stringify({db: d, name, options: info.options || {}, indexes}, {relaxed: false}));
  one.find({}, {}, {promoteValues: false, bsonRegExp: true})
    .forEach(document => { out('D' + EJSON.stringify(document, {relaxed: false})); });
}
out('E' + mongo.getDB('admin').version());
flush();
"""
"""Values are not promoted to those of JavaScript: 1.0 stays a double and 1 an integer."""

KEEP = f"const drafts = false;\nrepair();\n{DUMP_OUT}"
READ = r"""
const here = mongo.getDB('admin').version(), drafts = true;
if (parseInt(here) < parseInt(env.LONGSHORE_KEPT)) throw new Error(`is older: ${here}`);
repair();
const piece = Buffer.alloc(1 << 20);
let rest = Buffer.alloc(0), one = null;
const begin = ({ db: d, name, options, indexes }) => {
  mongo.getDB(d).createCollection(`${name}_restored`, options);
  one = mongo.getDB(d).getCollection(`${name}_restored`);
  for (const { v, key, ...more } of indexes) one.createIndex(key, more);
};
for (let n; (n = fs.readSync(0, piece)) > 0;) {
  rest = Buffer.concat([rest, piece.subarray(0, n)]);
  const end = rest.lastIndexOf(10) + 1;
  const lines = rest.subarray(0, end).toString().split('\n').slice(0, -1);
  rest = rest.subarray(end);
  while (lines.length) {
    const other = lines.findIndex(line => line[0] !== 'D');
    const documents = lines.splice(0, Math.min(1000, other < 0 ? lines.length : other));
    if (documents.length) one.insertMany(documents.map(line => EJSON.parse(line.slice(1), {relaxed: false})));
    else {
      const line = lines.shift();
      if (line[0] === 'C') begin(EJSON.parse(line.slice(1), {relaxed: false}));
    }
  }
}
"""
FILL = READ + DUMP_OUT
"""Fills the drafts and dumps what has come of them, so that it can be compared."""
EXCHANGE = r"""
const wanted = JSON.parse(env.LONGSHORE_WANTED);
mongo.getDB(JOURNAL).getCollection('exchange').insertOne({wanted, stamp: env.LONGSHORE_STAMP});
exchange(wanted, env.LONGSHORE_STAMP);
"""
FORGET = r"""
repair();
for (const d of databases()) for (const n of names(d)) if (BEFORE.test(n)) {
  mongo.getDB(d).getCollection(n).drop();
  put(`${d}.${n}\n`);
}
"""


class Mongo(Kind):
    """A server, with all its databases but those of its own; who signs in is whom MONGO_INITDB_ROOT_USERNAME names."""

    def __init__(self, hands: Hands, part: Part) -> None:
        self._hands, self._part = hands, part

    async def keep(self, folder: Path) -> Content:
        path = folder / DUMP
        with path.open("wb") as file:
            await self._mongosh("the dump", KEEP, stdout=file)
        return self._content(path)

    def _content(self, path: Path) -> Content:
        counted, version = collections_of(path, self._part.name)
        return Content(self._part.name, self._part.kind, counted, (DUMP,), version, path.stat().st_size)

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        path, drafts = folder / DUMP, folder / "drafts.ejson"
        refuse_difference(self._part, kept, self._content(path).counted, what="the snapshot")
        try:
            with path.open("rb") as file, drafts.open("wb") as out:
                await self._mongosh("restoring", FILL, stdin=file, stdout=out, LONGSHORE_KEPT=kept.server)
            refuse_difference(self._part, kept, self._content(drafts).counted)
        except BaseException:
            await self._mongosh("clearing up", "repair();\n")
            raise
        finally:
            drafts.unlink(missing_ok=True)
        wanted: dict[str, list[str]] = {}
        for one in kept.counted:
            database, _, name = one.name.partition(".")
            wanted.setdefault(database, []).append(name)
        await self._mongosh("the exchange", EXCHANGE, LONGSHORE_WANTED=json.dumps(wanted), LONGSHORE_STAMP=stamp)
        return f"collections of {self._part.name} as NAME_before_{stamp}"

    async def forget(self) -> tuple[str, ...]:
        said = await self._mongosh("removing what was put aside", FORGET)
        return tuple(f"{self._part.name}/{name}" for name in said.split("\n") if name)

    async def _mongosh(
        self, what: str, script: str, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None, **given: str
    ) -> str:
        command = " ".join(self._hands.service(self._part.service).command or ())
        port = re.search(r"--port[\s=]+(\d+)", command)
        # the script's value is undefined: the shell prints none
        words = ("mongosh", "--nodb", "--quiet", "--norc", "--eval", f"{OPEN}{script};undefined")
        address = self._hands.address(self._part.service) or "127.0.0.1"
        environment = {"LONGSHORE_HOST": address, "LONGSHORE_PORT": port[1] if port else "27017", **given}
        code, said = await self._hands.execute(
            self._part.service, words, stdin=stdin, stdout=stdout, environment=environment
        )
        if code:
            raise failed(self._part, what, code, said, _hint(said))
        return said


def _hint(said: str) -> str:
    if "is older" in said:
        return "the snapshot is of a newer major version: use an image of that or a later one"
    if "uthentication failed" in said or "requires authentication" in said:
        return "the server has another password than MONGO_INITDB_ROOT_PASSWORD now says: it counts at the first start"
    return ""


def collections_of(path: Path, part: str) -> tuple[tuple[Counted, ...], str]:
    """The collections of a dump: documents, and a digest of them in whatever order; the server's version. Raises
    ShoreError for a dump that was cut short."""
    counted: list[Counted] = []
    head: Counted | None = None
    count, whole = 0, 0
    with path.open("rb") as file:
        for line in file:
            kind = chr(line[0])
            if kind == DOCUMENT:
                count, whole = count + 1, whole + int(hashlib.sha256(line).hexdigest(), 16)
                continue
            if head:
                counted.append(replace(head, count=count, digest=f"{whole % 2**256:064x}"))
            if kind == END and line.endswith((b"\n",)):
                return tuple(counted), line[1:].decode().strip()
            data = json.loads(line[1:])
            indexes = data["indexes"]
            goes = any("expireAfterSeconds" in index for index in indexes)
            head, count = Counted(f"{data['db']}.{data['name']}", 0, at_most=goes), 0
            rest = json.dumps([data["options"], sorted(map(_index, indexes))], sort_keys=True)
            whole = int(hashlib.sha256(rest.encode()).hexdigest(), 16)
    raise ShoreError(f"{part}: the dump was cut short", hint="use another snapshot")


def _index(index: dict[str, object]) -> str:
    """Without what differs from server to server."""
    return json.dumps({key: value for key, value in index.items() if key not in ("v", "name")})
