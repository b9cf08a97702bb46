"""Which images are databases and brokers: what only services of the stack should reach. Pure."""

from __future__ import annotations

from longshore.model.reference import parse_reference
from longshore.model.service import Service

__all__ = ["server_in", "server_of"]

SERVERS = {
    "postgres": "PostgreSQL", "postgis": "PostgreSQL", "timescaledb": "PostgreSQL", "pgvector": "PostgreSQL",
    "mysql": "MySQL", "mariadb": "MariaDB", "percona": "MySQL", "mongo": "MongoDB", "mongodb": "MongoDB",
    "redis": "Redis", "valkey": "Valkey", "keydb": "KeyDB", "memcached": "memcached", "rabbitmq": "RabbitMQ",
    "elasticsearch": "Elasticsearch", "opensearch": "OpenSearch", "cassandra": "Cassandra", "clickhouse": "ClickHouse",
    "clickhouse-server": "ClickHouse", "cockroach": "CockroachDB", "influxdb": "InfluxDB", "couchdb": "CouchDB",
    "neo4j": "Neo4j", "zookeeper": "ZooKeeper", "kafka": "Kafka", "etcd": "etcd", "mssql": "SQL Server",
}  # fmt: skip


def server_in(image: str) -> str:
    """The name of the server that an image of this name is; "" when it is no database or broker."""
    return SERVERS.get(parse_reference(image).last, "")


def server_of(service: Service) -> str:
    """The same of a service's image, where it is not one of its own making."""
    return "" if service.build else server_in(service.image)
