"""MariaDB and MongoDB (FerretDB natively and in the stand-in image) into a snapshot and back, by every engine."""

from __future__ import annotations

import json
import os
import shutil
import textwrap

import pytest

from tests.docker import dockerd
from tests.shore import Shore

pytestmark = pytest.mark.e2e

MARIA = """
services:
  db:
    image: mariadb:10.11
    environment: {MARIADB_ROOT_PASSWORD: "open sesame", MARIADB_DATABASE: shop}
    volumes: ["data:/var/lib/mysql"]
    healthcheck: {test: [CMD, healthcheck.sh, --connect, --innodb_initialized], interval: 1s, retries: 180}
volumes: {data: }
"""
MONGO = """
services:
  db:
    image: mongo:6.0
    environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD: "open sesame"}
    volumes: ["data:/data/db"]
    healthcheck: {test: [CMD, bash, -c, "exec 3<>/dev/tcp/127.0.0.1/27017"], interval: 1s, retries: 180}
volumes: {data: }
"""
ROWS = """
CREATE TABLE orders (id INT PRIMARY KEY, what VARCHAR(50), price DECIMAL(9,2), raw BLOB, at TIMESTAMP NULL);
INSERT INTO orders SELECT seq, CONCAT('käse ', seq), seq / 3, UNHEX(MD5(seq)), NULL FROM seq_1_to_2000;
CREATE TABLE parts (id INT PRIMARY KEY, o INT, FOREIGN KEY (o) REFERENCES orders (id));
INSERT INTO parts VALUES (1, 2000);
CREATE VIEW cheap AS SELECT id FROM orders WHERE price < 10;
CREATE TRIGGER dear BEFORE INSERT ON orders FOR EACH ROW SET NEW.price = NEW.price + 1;
CREATE DATABASE `the second`; CREATE TABLE `the second`.`a b` (a DOUBLE); INSERT INTO `the second`.`a b` VALUES (1.5);
"""
STATE = """
SELECT COUNT(*), SUM(price), MAX(what) FROM orders; SELECT COUNT(*) FROM cheap; SELECT * FROM `the second`.`a b`;
SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'shop';
SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1;
SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = 'shop';
"""
DOCUMENTS = """
const shop = db.getSiblingDB('shop');
shop.orders.insertMany(Array.from({length: 1200}, (_, n) =>
  ({_id: n, what: 'k\\u00e4se ' + n, price: Double(1), big: Long('9007199254740993'), at: new Date(0), re: /a/i})));
shop.orders.createIndex({what: 1}, {unique: true});
db.getSiblingDB('second').x.insertOne({a: null, b: [1, {c: true}]});
"""
FOUND = """
const shop = db.getSiblingDB('shop');
print(JSON.stringify([shop.orders.countDocuments({}), shop.orders.find({price: {$type: 'double'}}).toArray().length,
  shop.orders.find({big: Long('9007199254740993')}).toArray().length, shop.orders.getIndexes().length,
  shop.getCollectionNames().filter(n => !n.includes('_before_')), db.getSiblingDB('second').x.countDocuments({})]));
"""


@pytest.fixture
def served(shore: Shore) -> Shore:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    return shore


def sql(shop: Shore, text: str) -> str:
    words = ("-T", "-e", "MYSQL_PWD=open sesame", "db", "mariadb", "--default-character-set=utf8mb4", "-u", "root")
    return shop.ok("exec", *words, "-N", "-B", "shop", "-e", text).out


def mongo(shop: Shore, text: str) -> str:
    address = "mongodb://root:open%20sesame@127.0.0.1/admin"
    return shop.ok("exec", "-T", "db", "mongosh", "--quiet", address, "--eval", text).out.strip()


def test_mariadb_comes_back_with_all_databases_and_what_hangs_on_them(served: Shore, engine: str) -> None:
    if engine != "native-root":
        pytest.skip("tried natively as root: for Docker there is no stand-in image of MariaDB")
    (served.folder / "compose.yaml").write_text(textwrap.dedent(MARIA))
    served.ok("up", "-d", "--wait")
    sql(served, ROWS)
    before = sql(served, STATE)
    kept = json.loads(served.ok("backup", "--format", "json").out)["manifest"]["contents"][0]
    counted = {one["name"]: one["count"] for one in kept["counted"]}
    assert counted == {"shop: orders": 2000, "shop: parts": 1, "the second: a b": 1}
    sql(served, "DELETE FROM parts; DELETE FROM orders WHERE id > 7; DROP VIEW cheap; CREATE TABLE later (a INT);"
                "DROP TRIGGER dear; UPDATE `the second`.`a b` SET a = 2")  # fmt: skip
    served.ok("restore", "--yes", "--no-backup")
    assert sql(served, STATE) == before
    assert served.ok("backup", "forget").out.count("_before_") == 2
    drill = json.loads(served.ok("backup", "drill", "--format", "json").out)
    assert drill["good"], drill["wrong"]
    assert drill["compared"] == 3


def test_documents_come_back_with_their_types(served: Shore, request: pytest.FixtureRequest, engine: str) -> None:
    if engine == "native-user":
        pytest.skip("tried as root and on Docker: it is the server's shell that does it all")
    if engine == "docker" and not os.environ.get("LONGSHORE_LONG"):
        pytest.skip("LONGSHORE_LONG=1 tries it on Docker too: mongosh in an image takes minutes on a busy machine")
    if engine == "docker":
        dockerd.stand_ins(request.getfixturevalue("docker_host"), "mongo:6.0")
    (served.folder / "compose.yaml").write_text(textwrap.dedent(MONGO))
    served.ok("up", "-d", "--wait")
    mongo(served, DOCUMENTS)
    before = json.loads(mongo(served, FOUND))
    assert before == [1200, 1200, 1200, 2, ["orders"], 1]
    kept = json.loads(served.ok("backup", "--format", "json").out)["manifest"]["contents"][0]
    assert {one["name"]: one["count"] for one in kept["counted"]} == {"shop.orders": 1200, "second.x": 1}
    mongo(served, "const s = db.getSiblingDB('shop'); s.orders.deleteMany({_id: {$gt: 5}}); s.later.insertOne({a: 1});"
                  "db.getSiblingDB('second').x.drop()")  # fmt: skip
    served.ok("restore", "--yes", "--no-backup")
    assert json.loads(mongo(served, FOUND)) == before
    assert served.ok("backup", "forget").out.count("_before_") == 2
