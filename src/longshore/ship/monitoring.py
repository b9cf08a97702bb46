"""`shore ship overlay monitoring`: a second Compose file and what it needs, which watch a stack from inside of its own
networks, on a Swarm as on Docker. They belong to the user from then on. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["FOLDER", "OVERLAY", "Target", "monitoring", "targets_of"]

OVERLAY, FOLDER = "compose.monitoring.yml", "monitoring"
IMAGES = {
    "prometheus": "prom/prometheus:v3.5.0",
    "alertmanager": "prom/alertmanager:v0.28.1",
    "node-exporter": "prom/node-exporter:v1.9.1",
    "figures": "prom/node-exporter:v1.9.1",
    "blackbox": "prom/blackbox-exporter:v0.27.0",
    "grafana": "grafana/grafana:12.1.0",
}
HTTP = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::(\d+))?(/[^\s'\"|;&)]*)?")
PORTS = {"PostgreSQL": 5432, "MySQL": 3306, "MariaDB": 3306, "MongoDB": 27017, "Redis": 6379, "Valkey": 6379,
         "RabbitMQ": 5672, "memcached": 11211}  # fmt: skip
LOGS = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


@record
class Target:
    """What is asked of each task of a service: `path` by HTTP, "" for whether the port answers at all."""

    service: str
    port: int
    path: str = ""


def targets_of(stack: Stack) -> tuple[Target, ...]:
    """HTTP where the health check or a published port says so, TCP for databases and brokers."""
    return tuple(target for service in stack.services.values() for target in _targets(service))


def _targets(service: Service) -> Iterator[Target]:
    server = server_of(service)
    found = HTTP.search(" ".join(service.healthcheck.test)) if service.healthcheck else None
    ports = [port.target for port in service.ports if port.protocol == "tcp"]
    if server:
        if server in PORTS:
            yield Target(service.name, PORTS[server])
    elif found:
        yield Target(service.name, int(found[1] or 80), found[2] or "/")
    elif ports:
        yield Target(service.name, ports[0], "/")


def monitoring(stack: Stack, hosts: tuple[str, ...] = ()) -> dict[str, str]:
    """Paths below the project's folder, and texts. `hosts` are names by which the world reaches the stack."""
    targets = targets_of(stack)
    return {
        OVERLAY: _overlay(stack),
        f"{FOLDER}/prometheus.yml": _prometheus(stack.name, targets, hosts),
        f"{FOLDER}/alerts.yml": ALERTS,
        f"{FOLDER}/alerts.test.yml": ALERTS_TEST,
        f"{FOLDER}/alertmanager.yml": ALERTMANAGER,
        f"{FOLDER}/blackbox.yml": BLACKBOX,
        f"{FOLDER}/grafana-sources.yml": SOURCES,
        f"{FOLDER}/grafana-dashboards.yml": DASHBOARDS,
        f"{FOLDER}/grafana-dashboard.json": json.dumps(_dashboard(stack.name), indent=1) + "\n",
    }


def _overlay(stack: Stack) -> str:
    networks = [name for name, one in stack.networks.items() if not one.external] or ["default"]
    every = f"[{', '.join(networks)}]"
    lines = [
        "# Written by `shore ship overlay monitoring`; yours from now on. Beside the stack's own file:",
        f"#   shore -f {stack.files[0].rpartition('/')[2] if stack.files else 'compose.yaml'} -f {OVERLAY} ship",
        "# Nothing is published: Grafana by a route of x-longshore.ship.hosts, or by ssh -L.",
        "services:",
    ]
    for name, service in stack.services.items():
        if not service.logging.driver:
            lines.append(f"  {name}: {{logging: {json.dumps(LOGS)}}}")
    lines.append(SERVICES.format(every=every, first=networks[0], logs=json.dumps(LOGS), **{
        key.replace("-", "_"): image for key, image in IMAGES.items()
    }))  # fmt: skip
    return "\n".join(lines)


SERVICES = """\
  prometheus:
    image: {prometheus}
    command: [--config.file=/etc/prometheus/prometheus.yml, --storage.tsdb.path=/prometheus,
      --storage.tsdb.retention.time=30d]
    configs:
      - {{source: prometheus, target: /etc/prometheus/prometheus.yml}}
      - {{source: alerts, target: /etc/prometheus/alerts.yml}}
    volumes: ["prometheus:/prometheus"]
    networks: {every}
    logging: {logs}
    deploy: {{resources: {{limits: {{cpus: "1", memory: 1G}}}}}}
  alertmanager:
    image: {alertmanager}
    command: [--config.file=/etc/alertmanager/alertmanager.yml, --storage.path=/tmp, "--cluster.listen-address="]
    configs: [{{source: alertmanager, target: /etc/alertmanager/alertmanager.yml}}]
    networks: [{first}]
    logging: {logs}
    deploy: {{resources: {{limits: {{cpus: "0.5", memory: 128M}}}}}}
  node-exporter: # one on each node; processor, memory and disk of a node are seen from inside
    image: {node_exporter}
    networks: [{first}]
    logging: {logs}
    deploy: {{mode: global, resources: {{limits: {{cpus: "0.5", memory: 128M}}}}}}
  figures: # what `shore backup --metrics` and `shore backup drill --metrics` leave in this volume's folder
    image: {figures}
    command: [--collector.disable-defaults, --collector.textfile, --collector.textfile.directory=/figures]
    volumes: ["figures:/figures:ro"]
    networks: [{first}]
    logging: {logs}
    deploy: {{resources: {{limits: {{cpus: "0.5", memory: 64M}}}}}}
  blackbox:
    image: {blackbox}
    command: [--config.file=/etc/blackbox/blackbox.yml]
    configs: [{{source: blackbox, target: /etc/blackbox/blackbox.yml}}]
    networks: {every}
    logging: {logs}
    deploy: {{resources: {{limits: {{cpus: "0.5", memory: 128M}}}}}}
  grafana:
    image: {grafana}
    environment: {{GF_SECURITY_ADMIN_PASSWORD: "${{GRAFANA_PASSWORD:?the password of Grafana's admin}}"}}
    configs:
      - {{source: grafana-sources, target: /etc/grafana/provisioning/datasources/sources.yml}}
      - {{source: grafana-dashboards, target: /etc/grafana/provisioning/dashboards/dashboards.yml}}
      - {{source: grafana-dashboard, target: /etc/grafana/dashboards/stack.json}}
    volumes: ["grafana:/var/lib/grafana"]
    networks: [{first}]
    logging: {logs}
    deploy: {{resources: {{limits: {{cpus: "1", memory: 512M}}}}}}
configs:
  prometheus: {{file: ./monitoring/prometheus.yml}}
  alerts: {{file: ./monitoring/alerts.yml}}
  alertmanager: {{file: ./monitoring/alertmanager.yml}}
  blackbox: {{file: ./monitoring/blackbox.yml}}
  grafana-sources: {{file: ./monitoring/grafana-sources.yml}}
  grafana-dashboards: {{file: ./monitoring/grafana-dashboards.yml}}
  grafana-dashboard: {{file: ./monitoring/grafana-dashboard.json}}
volumes: {{prometheus: , figures: , grafana: }}
"""


def _prometheus(project: str, targets: tuple[Target, ...], hosts: tuple[str, ...]) -> str:
    jobs = [_own("prometheus", 9090), _own("nodes", 9100, "node-exporter"), _own("figures", 9100, honor_labels=True)]
    jobs += [_probe(project, target) for target in targets]
    if hosts:
        jobs.append(_asked({"job_name": "outside", "params": {"module": ["http"]}, "static_configs": [
            {"targets": [f"https://{host}/" for host in hosts]}
        ]}, []))  # fmt: skip
    lines = (
        "# Tasks are found by DNS: no socket of Docker's is mounted anywhere.",
        "global: {scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: 15s}",
        "rule_files: [alerts.yml]",
        f"alerting: {json.dumps({'alertmanagers': [{'dns_sd_configs': [_dns(('alertmanager',), 9093)]}]})}",
        "scrape_configs:",
        *(f"  - {json.dumps(job)}" for job in jobs),
    )
    return "\n".join(lines) + "\n"


def _own(name: str, port: int, service: str = "", **more: Any) -> dict[str, Any]:
    service = service or name
    return {"job_name": name, "dns_sd_configs": [_dns((f"tasks.{service}", service), port)], **more}


def _probe(project: str, target: Target) -> dict[str, Any]:
    """Every task by itself: by Swarm's name for them, or by the service's own where it stands for all tasks."""
    names = (f"tasks.{project}_{target.service}", target.service)
    scheme = [{"source_labels": ["__address__"], "target_label": "__param_target",
               "replacement": f"http://$1{target.path}"}] if target.path else [
              {"source_labels": ["__address__"], "target_label": "__param_target"}]  # fmt: skip
    return _asked(
        {"job_name": f"service-{target.service}", "params": {"module": ["http" if target.path else "tcp"]},
         "dns_sd_configs": [_dns(names, target.port)]},
        [*scheme, {"target_label": "service", "replacement": target.service}],
    )  # fmt: skip


def _asked(job: dict[str, Any], relabel: list[dict[str, Any]]) -> dict[str, Any]:
    """By the blackbox exporter."""
    address = [] if relabel else [{"source_labels": ["__address__"], "target_label": "__param_target"}]
    rest = [{"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": "blackbox:9115"}]  # fmt: skip
    return {**job, "metrics_path": "/probe", "scrape_interval": "5s", "scrape_timeout": "4s",
            "relabel_configs": [*address, *relabel, *rest]}  # fmt: skip


def _dns(names: tuple[str, ...], port: int) -> dict[str, Any]:
    return {"names": list(names), "type": "A", "port": port, "refresh_interval": "5s"}


ALERTS = """\
groups:
  - name: services
    rules:
      - alert: TaskLost
        expr: >-
          count by (service) (last_over_time(probe_success{service!=""}[3m]))
          > (count by (service) (probe_success == 1) or count by (service) (last_over_time(probe_success[3m])) * 0)
        labels: {severity: warning}
        annotations:
          summary: "{{ $labels.service }}: a task does not answer, or has gone within three minutes"
      - alert: ServiceDown
        expr: >-
          count by (service) (last_over_time(probe_success{service!=""}[10m]))
          unless count by (service) (probe_success == 1)
        for: 30s
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.service }}: no task answers"}
      - alert: ServerErrors
        expr: avg by (service) (avg_over_time((probe_http_status_code >= bool 500)[10m:5s])) > 0.05
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.service }}: more than a twentieth of its answers are failures"}
      - alert: Slow
        expr: max by (service) (quantile_over_time(0.99, probe_duration_seconds{service!=""}[10m])) > 2
        for: 5m
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.service }}: one answer in a hundred takes over two seconds"}
      - alert: CertificateEnds
        expr: probe_ssl_earliest_cert_expiry - time() < 14 * 86400
        for: 1h
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.instance }}: its certificate ends within 14 days"}
  - name: nodes
    rules:
      - alert: NodeDown
        expr: up{job="nodes"} == 0 or (last_over_time(up{job="nodes"}[10m]) unless up{job="nodes"})
        for: 1m
        labels: {severity: critical}
        annotations: {summary: "the node of {{ $labels.instance }} does not answer"}
      - alert: DiskFull
        expr: node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"} < 0.1
        for: 5m
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.instance }}: less than a tenth of its disk is free"}
  - name: backups
    rules:
      - alert: BackupLate
        expr: time() - longshore_backup_time_seconds > 26 * 3600
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.project }}: the newest backup is over 26 hours old"}
      - alert: DrillLate
        expr: time() - longshore_drill_time_seconds > 8 * 86400
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.project }}: no backup was tried for over 8 days"}
      - alert: DrillFailed
        expr: longshore_drill_good == 0
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.project }}: the newest backup cannot be restored as it was"}
"""
ALERTS_TEST = """\
# promtool test rules alerts.test.yml
rule_files: [alerts.yml]
evaluation_interval: 15s
tests:
  - interval: 5s
    input_series:
      - {series: 'probe_success{service="web", instance="http://10.0.0.2:80/"}', values: "1x12 stale"}
      - {series: 'probe_success{service="web", instance="http://10.0.0.3:80/"}', values: "1x72"}
      - {series: 'probe_success{service="db", instance="10.0.0.4:5432"}', values: "1x12 0x60"}
      - {series: 'probe_success{service="api", instance="http://10.0.0.5:80/"}', values: "1x72"}
    alert_rule_test:
      - {eval_time: 45s, alertname: TaskLost, exp_alerts: []}
      - eval_time: 2m
        alertname: TaskLost
        exp_alerts:
          - exp_labels: {service: web, severity: warning}
            exp_annotations: {summary: "web: a task does not answer, or has gone within three minutes"}
          - exp_labels: {service: db, severity: warning}
            exp_annotations: {summary: "db: a task does not answer, or has gone within three minutes"}
      - eval_time: 2m
        alertname: ServiceDown
        exp_alerts:
          - exp_labels: {service: db, severity: critical}
            exp_annotations: {summary: "db: no task answers"}
  - interval: 1m
    input_series:
      - {series: 'probe_http_status_code{service="web", instance="a"}', values: "200x20 503x20"}
      - {series: 'probe_ssl_earliest_cert_expiry{instance="https://shop.example.org/"}', values: "1000000x200"}
      - {series: 'up{job="nodes", instance="10.0.0.2:9100"}', values: "1x20 0x20"}
      - {series: 'node_filesystem_avail_bytes{mountpoint="/", instance="a"}', values: "5x60"}
      - {series: 'node_filesystem_size_bytes{mountpoint="/", instance="a"}', values: "100x60"}
      - {series: 'probe_duration_seconds{service="web", instance="a"}', values: "0.1x20 3x20"}
    alert_rule_test:
      - {eval_time: 15m, alertname: ServerErrors, exp_alerts: []}
      - eval_time: 35m
        alertname: ServerErrors
        exp_alerts:
          - exp_labels: {service: web, severity: critical}
            exp_annotations: {summary: "web: more than a twentieth of its answers are failures"}
      - eval_time: 35m
        alertname: Slow
        exp_alerts:
          - exp_labels: {service: web, severity: warning}
            exp_annotations: {summary: "web: one answer in a hundred takes over two seconds"}
      - eval_time: 100m
        alertname: CertificateEnds
        exp_alerts:
          - exp_labels: {instance: "https://shop.example.org/", severity: critical}
            exp_annotations: {summary: "https://shop.example.org/: its certificate ends within 14 days"}
      - eval_time: 35m
        alertname: NodeDown
        exp_alerts:
          - exp_labels: {job: nodes, instance: "10.0.0.2:9100", severity: critical}
            exp_annotations: {summary: "the node of 10.0.0.2:9100 does not answer"}
      - eval_time: 35m
        alertname: DiskFull
        exp_alerts:
          - exp_labels: {mountpoint: "/", instance: a, severity: critical}
            exp_annotations: {summary: "a: less than a tenth of its disk is free"}
  - interval: 1m
    input_series: # as if the newest backup had been made 25 hours before the first moment, and the drill 191
      - {series: 'longshore_backup_time_seconds{project="shop"}', values: "-90000x120"}
      - {series: 'longshore_drill_time_seconds{project="shop"}', values: "-687600x120"}
      - {series: 'longshore_drill_good{project="shop"}', values: "1x30 0x90"}
    alert_rule_test:
      - {eval_time: 55m, alertname: BackupLate, exp_alerts: []}
      - eval_time: 65m
        alertname: BackupLate
        exp_alerts:
          - exp_labels: {project: shop, severity: critical}
            exp_annotations: {summary: "shop: the newest backup is over 26 hours old"}
      - eval_time: 65m
        alertname: DrillLate
        exp_alerts:
          - exp_labels: {project: shop, severity: warning}
            exp_annotations: {summary: "shop: no backup was tried for over 8 days"}
      - eval_time: 35m
        alertname: DrillFailed
        exp_alerts:
          - exp_labels: {project: shop, severity: critical}
            exp_annotations: {summary: "shop: the newest backup cannot be restored as it was"}
"""
ALERTMANAGER = """\
# Whom to tell: https://prometheus.io/docs/alerting/latest/configuration/ (webhook_configs, email_configs, …)
route: {receiver: nobody, group_by: [alertname], group_wait: 10s, group_interval: 1m, repeat_interval: 4h}
receivers: [{name: nobody}]
inhibit_rules:
  - {source_matchers: [alertname = ServiceDown], target_matchers: [alertname = TaskLost], equal: [service]}
"""
BLACKBOX = """\
modules:
  http:
    prober: http
    timeout: 4s
    http: {preferred_ip_protocol: ip4}
  tcp:
    prober: tcp
    timeout: 4s
    tcp: {preferred_ip_protocol: ip4}
"""
SOURCES = """\
apiVersion: 1
datasources:
  - {name: Prometheus, uid: prometheus, type: prometheus, access: proxy, url: "http://prometheus:9090", isDefault: true}
"""
DASHBOARDS = """\
apiVersion: 1
providers:
  - {name: stack, type: file, options: {path: /etc/grafana/dashboards}}
"""
PANELS = (
    ("Tasks that answer", "count by (service) (probe_success == 1)", "short"),
    ("Seconds until an answer", "max by (service) (probe_duration_seconds)", "s"),
    ("Processor in use", '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[2m]))', "percentunit"),
    ("Memory in use", "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "percentunit"),
    ("Disk in use", '1 - node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"}',
     "percentunit"),
    ("Age of the newest backup", "time() - longshore_backup_time_seconds", "s"),
)  # fmt: skip


def _dashboard(project: str) -> dict[str, Any]:
    panels = [
        {
            "id": number + 1, "title": title, "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "targets": [{"refId": "A", "expr": expr}],
        }
        for number, (title, expr, unit) in enumerate(PANELS)
    ]  # fmt: skip
    return {"uid": "longshore", "title": project, "schemaVersion": 39, "time": {"from": "now-6h", "to": "now"},
            "refresh": "30s", "panels": panels}  # fmt: skip
