"""Which images are databases and brokers: what only services of the stack should reach. Pure."""

from __future__ import annotations

from longshore.model.reference import parse_reference
from longshore.model.service import Service

__all__ = ["server_of"]

SERVERS = {
    "postgres": "PostgreSQL", "postgis": "PostgreSQL", "timescaledb": "PostgreSQL", "pgvector": "PostgreSQL",
    "mysql": "MySQL", "mariadb": "MariaDB", "percona": "MySQL", "mongo": "MongoDB", "mongodb": "MongoDB",
    "redis": "Redis", "valkey": "Valkey", "keydb": "KeyDB", "memcached": "memcached", "rabbitmq": "RabbitMQ",
    "elasticsearch": "Elasticsearch", "opensearch": "OpenSearch", "cassandra": "Cassandra", "clickhouse": "ClickHouse",
    "clickhouse-server": "ClickHouse", "cockroach": "CockroachDB", "influxdb": "InfluxDB", "couchdb": "CouchDB",
    "neo4j": "Neo4j", "zookeeper": "ZooKeeper", "kafka": "Kafka", "etcd": "etcd", "mssql": "SQL Server",
}  # fmt: skip


def server_of(service: Service) -> str:
    """The name of the server that the service's image is; "" when it is no database or broker."""
    if service.build:
        return ""
    return SERVERS.get(parse_reference(service.image).last, "")
