"""The structs of a Compose project, field by field in the order in which Compose prints them."""

from __future__ import annotations

from longshore.compose.types.decode import Always, Struct, by_value
from longshore.compose.types.fields import (
    boolean,
    command,
    decimal,
    device_count,
    duration,
    duration_or_nothing,
    each,
    env_file,
    environment,
    file_mode,
    health_test,
    hosts,
    int_of,
    labels,
    mapping,
    mapping_or_null,
    multi_options,
    optional_boolean,
    options,
    printed,
    size,
    ssh_keys,
    string,
    strings,
    ulimit,
)

__all__ = ["CONFIG", "MODEL", "NETWORK", "SECRET", "SERVICE", "VOLUME"]

number = int_of()
counter = int_of(0)
optional_number = int_of(zero=True)
optional_counter = int_of(0, zero=True)
texts = each(string)

HOOK = Struct(
    {
        "command": Always(command),
        "user": string,
        "privileged": boolean,
        "working_dir": string,
        "environment": environment,
    }
)
PRE_START = Struct(
    {
        "command": Always(command),
        "image": string,
        "user": string,
        "privileged": boolean,
        "working_dir": string,
        "environment": environment,
        "per_replica": boolean,
    }
)
FILE_USE = Struct({"source": string, "target": string, "uid": string, "gid": string, "mode": file_mode})
DEVICE_REQUEST = Struct(
    {"capabilities": texts, "driver": string, "count": device_count, "device_ids": texts, "options": labels}
)
BUILD = Struct(
    {
        "context": string,
        "dockerfile": string,
        "dockerfile_inline": string,
        "entitlements": texts,
        "args": environment,
        "provenance": string,
        "sbom": string,
        "ssh": ssh_keys,
        "labels": labels,
        "cache_from": strings,
        "cache_to": strings,
        "no_cache": boolean,
        "no_cache_filter": strings,
        "additional_contexts": labels,
        "pull": boolean,
        "extra_hosts": hosts,
        "isolation": string,
        "network": string,
        "target": string,
        "secrets": each(FILE_USE),
        "shm_size": size,
        "tags": strings,
        "ulimits": mapping(ulimit),
        "platforms": strings,
        "privileged": boolean,
    }
)
WATCH = Struct(
    {
        "path": Always(string, ""),
        "action": Always(string, ""),
        "target": string,
        "exec": by_value(HOOK, command=None),
        "include": texts,
        "ignore": texts,
        "initial_sync": boolean,
    }
)
THROTTLE = Struct({"path": Always(string, ""), "rate": Always(size, "0")}, {"path": "Path", "rate": "Rate"})
WEIGHT = Struct({"path": Always(string, ""), "weight": Always(counter, 0)}, {"path": "Path", "weight": "Weight"})
BLKIO = Struct(
    {
        "weight": counter,
        "weight_device": each(WEIGHT),
        "device_read_bps": each(THROTTLE),
        "device_read_iops": each(THROTTLE),
        "device_write_bps": each(THROTTLE),
        "device_write_iops": each(THROTTLE),
    }
)
DEPENDENCY = Struct({"condition": string, "restart": boolean, "required": Always(optional_boolean, False)})
UPDATE = Struct(
    {
        "parallelism": optional_counter,
        "delay": duration_or_nothing,
        "failure_action": string,
        "monitor": duration_or_nothing,
        "max_failure_ratio": decimal,
        "order": string,
    }
)
DISCRETE = Struct({"kind": Always(string, ""), "value": Always(number, 0)})
RESOURCE = Struct(
    {
        "cpus": decimal,
        "memory": size,
        "pids": number,
        "devices": each(DEVICE_REQUEST),
        "generic_resources": each(Struct({"discrete_resource_spec": DISCRETE})),
    }
)
DEPLOY = Struct(
    {
        "mode": string,
        "replicas": optional_number,
        "labels": labels,
        "update_config": UPDATE,
        "rollback_config": UPDATE,
        "resources": by_value(Struct({"limits": RESOURCE, "reservations": RESOURCE})),
        "restart_policy": Struct(
            {"condition": string, "delay": duration, "max_attempts": optional_counter, "window": duration}
        ),
        "placement": by_value(
            Struct(
                {
                    "constraints": texts,
                    "preferences": each(Struct({"spread": string})),
                    "max_replicas_per_node": counter,
                }
            )
        ),
        "endpoint_mode": string,
    }
)
HEALTHCHECK = Struct(
    {
        "test": health_test,
        "timeout": duration,
        "interval": duration,
        "retries": optional_counter,
        "start_period": duration,
        "start_interval": duration,
        "disable": boolean,
    }
)
SERVICE_NETWORK = Struct(
    {
        "aliases": texts,
        "driver_opts": options,
        "gw_priority": number,
        "interface_name": string,
        "ipv4_address": string,
        "ipv6_address": string,
        "link_local_ips": texts,
        "mac_address": string,
        "priority": number,
    }
)
PORT = Struct(
    {
        "name": string,
        "mode": string,
        "host_ip": string,
        "target": counter,
        "published": string,
        "protocol": string,
        "app_protocol": string,
    }
)
MOUNT = Struct(
    {
        "type": string,
        "source": string,
        "target": string,
        "read_only": boolean,
        "consistency": string,
        "bind": Struct({"selinux": string, "propagation": string, "create_host_path": boolean, "recursive": string}),
        "volume": Struct({"labels": labels, "nocopy": boolean, "subpath": string}),
        "tmpfs": Struct({"size": size, "mode": counter}),
        "image": Struct({"subpath": string}),
    }
)
SERVICE = Struct(
    {
        "profiles": texts,
        "annotations": labels,
        "attach": optional_boolean,
        "build": BUILD,
        "develop": Struct({"watch": each(WATCH)}),
        "blkio_config": BLKIO,
        "cap_add": texts,
        "cap_drop": texts,
        "cgroup_parent": string,
        "cgroup": string,
        "cpu_count": number,
        "cpu_percent": decimal,
        "cpu_period": number,
        "cpu_quota": number,
        "cpu_rt_period": number,
        "cpu_rt_runtime": number,
        "cpus": decimal,
        "cpuset": string,
        "cpu_shares": number,
        "command": Always(command),
        "configs": each(FILE_USE),
        "container_name": string,
        "credential_spec": Struct({"config": string, "file": string, "registry": string}),
        "depends_on": mapping(DEPENDENCY),
        "deploy": DEPLOY,
        "device_cgroup_rules": texts,
        "devices": each(Struct({"source": string, "target": string, "permissions": string})),
        "dns": strings,
        "dns_opt": texts,
        "dns_search": strings,
        "domainname": string,
        "entrypoint": Always(command),
        "provider": Struct({"type": string, "options": multi_options}),
        "environment": environment,
        "env_file": each(env_file),
        "expose": printed,
        "extends": Struct({"file": string, "service": string}),
        "external_links": texts,
        "extra_hosts": hosts,
        "group_add": texts,
        "gpus": each(DEVICE_REQUEST),
        "hostname": string,
        "healthcheck": HEALTHCHECK,
        "image": string,
        "init": optional_boolean,
        "ipc": string,
        "isolation": string,
        "labels": labels,
        "label_file": texts,
        "links": texts,
        "logging": Struct({"driver": string, "options": options}),
        "mem_limit": size,
        "mem_reservation": size,
        "memswap_limit": size,
        "mem_swappiness": size,
        "mac_address": string,
        "models": mapping_or_null(Struct({"endpoint_var": string, "model_var": string})),
        "network_mode": string,
        "networks": mapping_or_null(SERVICE_NETWORK),
        "oom_kill_disable": boolean,
        "oom_score_adj": number,
        "pid": string,
        "pids_limit": number,
        "platform": string,
        "ports": each(PORT),
        "privileged": boolean,
        "pull_policy": string,
        "read_only": boolean,
        "restart": string,
        "runtime": string,
        "scale": optional_number,
        "secrets": each(FILE_USE),
        "security_opt": texts,
        "shm_size": size,
        "stdin_open": boolean,
        "stop_grace_period": duration,
        "stop_signal": string,
        "storage_opt": mapping(string),
        "sysctls": labels,
        "tmpfs": strings,
        "tty": boolean,
        "ulimits": mapping(ulimit),
        "use_api_socket": boolean,
        "user": string,
        "userns_mode": string,
        "uts": string,
        "volumes": each(MOUNT),
        "volumes_from": texts,
        "working_dir": string,
        "pre_start": each(PRE_START),
        "post_start": each(HOOK),
        "pre_stop": each(HOOK),
    }
)
POOL = Struct({"subnet": string, "gateway": string, "ip_range": string, "aux_addresses": labels})
NETWORK = Struct(
    {
        "name": string,
        "driver": string,
        "driver_opts": options,
        "ipam": by_value(Struct({"driver": string, "config": each(POOL)})),
        "external": boolean,
        "internal": boolean,
        "attachable": boolean,
        "labels": labels,
        "enable_ipv4": optional_boolean,
        "enable_ipv6": optional_boolean,
    }
)
VOLUME = Struct({"name": string, "driver": string, "driver_opts": options, "external": boolean, "labels": labels})
FILE_OBJECT = {
    "name": string,
    "file": string,
    "environment": string,
    "content": string,
    "external": boolean,
    "labels": labels,
    "driver": string,
    "driver_opts": mapping(string),
    "template_driver": string,
}
CONFIG = Struct(FILE_OBJECT)
SECRET = Struct({field: kind for field, kind in FILE_OBJECT.items() if field != "content"})
MODEL = Struct({"name": string, "model": string, "context_size": number, "runtime_flags": texts})
