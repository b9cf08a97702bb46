"""Attributes of build, deploy and develop."""

from __future__ import annotations

from longshore.model.specification.attribute import NO_SWARM, YES, Attribute, deviates, needs, no, row

# A table: one row an attribute.
# fmt: off

__all__ = ["BUILD", "DEPLOY", "DEVELOP"]

_SWARM = deviates("for a Swarm only: not used on one engine")
_NO_CGROUP = deviates("needs a writable cgroup; elsewhere an rlimit stands in, or nothing, and it is said")
_NO_CACHE = no("the cache is this machine's own")
_LATER = needs(buildx=True)
_NO_GPU = no("devices of the host are not given to services")

BUILD: tuple[Attribute, ...] = (
    row("services.*.build", "text/mapping", "how the image is built"),
    row("services.*.build.context", "text", "the folder, or the address, it is built from",
        deviates("a local folder")),
    row("services.*.build.dockerfile", "text", "the Dockerfile"),
    row("services.*.build.dockerfile_inline", "text", "the Dockerfile's text"),
    row("services.*.build.args", "pairs", "build arguments"),
    row("services.*.build.target", "text", "the stage to build"),
    row("services.*.build.labels", "pairs", "labels of the image"),
    row("services.*.build.cache_from", "list of text", "where the cache is read from", _NO_CACHE),
    row("services.*.build.cache_to", "list of text", "where the cache is written to", _NO_CACHE, _LATER),
    row("services.*.build.no_cache", "boolean/text", "build without the cache"),
    row("services.*.build.no_cache_filter", "text/texts", "stages built without it (newer than Docker Compose 2.40)",
        no("no_cache is for the whole build"), no("no_cache is for the whole build")),
    row("services.*.build.pull", "boolean/text", "pull base images", deviates("native pulls no images")),
    row("services.*.build.network", "text", "the network of RUN", deviates("the host's")),
    row("services.*.build.additional_contexts", "pairs", "further contexts by name", deviates("local folders"), _LATER),
    row("services.*.build.secrets", "list", "secrets for RUN --mount=type=secret",
        deviates("mounted, never in a layer")),
    row("services.*.build.secrets.*", "text/mapping", "one secret"),
    row("services.*.build.secrets.*.source", "text", "the secret"),
    row("services.*.build.secrets.*.target", "text", "its name in the Dockerfile"),
    row("services.*.build.secrets.*.uid", "text", "the file's owner"),
    row("services.*.build.secrets.*.gid", "text", "the file's group"),
    row("services.*.build.secrets.*.mode", "number/text", "the file's permissions"),
    row("services.*.build.ssh", "pairs", "SSH keys for RUN --mount=type=ssh", no("no agent is forwarded"), _LATER),
    row("services.*.build.tags", "list of text", "further names of the image"),
    row("services.*.build.platforms", "list of text", "platforms to build for", deviates("only this machine's own"),
        _LATER),
    row("services.*.build.extra_hosts", "hosts", "further names in /etc/hosts"),
    row("services.*.build.shm_size", "whole number/text", "the size of /dev/shm"),
    row("services.*.build.ulimits", "mapping", "resource limits", no("the kernel's default holds"), _LATER,
        pattern="^[a-z]+$", open=True),
    row("services.*.build.ulimits.*", "whole number/text/mapping", "one limit", required=("soft", "hard")),
    row("services.*.build.ulimits.*.soft", "whole number/text", "the soft limit"),
    row("services.*.build.ulimits.*.hard", "whole number/text", "the hard limit"),
    row("services.*.build.entitlements", "list of text", "what RUN may do beyond the ordinary", no("never"), _LATER),
    row("services.*.build.privileged", "boolean/text", "RUN with all capabilities", no("never")),
    row("services.*.build.isolation", "text", "isolation (Windows)", no("only Windows containers have it")),
    row("services.*.build.provenance", "text/boolean", "attest how it was built", no("nothing is attested"), _LATER),
    row("services.*.build.sbom", "text/boolean", "attest what is in it", no("nothing is attested"), _LATER),
)

DEPLOY: tuple[Attribute, ...] = (
    row("services.*.deploy", "mapping/nothing", "how it is deployed"),
    row("services.*.deploy.mode", "text", "replicated, global, or a job", NO_SWARM, _SWARM),
    row("services.*.deploy.endpoint_mode", "text", "vip or dnsrr", NO_SWARM, _SWARM),
    row("services.*.deploy.replicas", "whole number/text", "how many containers"),
    row("services.*.deploy.labels", "pairs", "labels of the Swarm service", NO_SWARM, _SWARM),
    *(
        one
        for key, what in (("update_config", "an update"), ("rollback_config", "a roll-back"))
        for one in (
            row(f"services.*.deploy.{key}", "mapping", f"how {what} proceeds", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.parallelism", "whole number/text", "containers at once", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.delay", "duration", "time between them", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.failure_action", "text", "what follows a failure", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.monitor", "duration", "how long each is watched", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.max_failure_ratio", "number/text", "failures allowed", NO_SWARM, _SWARM),
            row(f"services.*.deploy.{key}.order", "text", "which are first, old ones to stop or new ones to start",
                NO_SWARM, _SWARM, values=("start-first", "stop-first")),
        )
    ),
    row("services.*.deploy.resources", "mapping", "limits and reservations"),
    row("services.*.deploy.resources.limits", "mapping", "limits"),
    row("services.*.deploy.resources.limits.cpus", "number/text", "most processors", _NO_CGROUP),
    row("services.*.deploy.resources.limits.memory", "text", "most memory", _NO_CGROUP),
    row("services.*.deploy.resources.limits.pids", "whole number/text", "most processes", _NO_CGROUP),
    row("services.*.deploy.resources.reservations", "mapping", "reservations"),
    row("services.*.deploy.resources.reservations.cpus", "number/text", "processors to keep", NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.memory", "text", "memory to keep", no("the kernel's default holds")),
    row("services.*.deploy.resources.reservations.generic_resources", "list", "user-defined resources",
        NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.generic_resources.*", "mapping", "one of them", NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec", "mapping",
        "a countable one", NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec.kind", "text",
        "its name", NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec.value", "number/text",
        "how many", NO_SWARM, _SWARM),
    row("services.*.deploy.resources.reservations.devices", "list", "devices", _NO_GPU, needs(api="1.40")),
    row("services.*.deploy.resources.reservations.devices.*", "mapping", "one request", _NO_GPU, needs(api="1.40"),
        required=("capabilities",)),
    row("services.*.deploy.resources.reservations.devices.*.capabilities", "texts", "what they can do", _NO_GPU),
    row("services.*.deploy.resources.reservations.devices.*.count", "text/whole number", "how many, or all", _NO_GPU),
    row("services.*.deploy.resources.reservations.devices.*.device_ids", "texts", "which", _NO_GPU),
    row("services.*.deploy.resources.reservations.devices.*.driver", "text", "their driver", _NO_GPU),
    row("services.*.deploy.resources.reservations.devices.*.options", "pairs", "options of the driver", _NO_GPU),
    row("services.*.deploy.restart_policy", "mapping", "when it is started again"),
    row("services.*.deploy.restart_policy.condition", "text", "none, on-failure or any"),
    row("services.*.deploy.restart_policy.delay", "duration", "how long to wait", YES, _SWARM),
    row("services.*.deploy.restart_policy.max_attempts", "whole number/text", "how often"),
    row("services.*.deploy.restart_policy.window", "duration", "how long it must run to count", YES, _SWARM),
    row("services.*.deploy.placement", "mapping", "on which nodes", NO_SWARM, _SWARM),
    row("services.*.deploy.placement.constraints", "list of text", "what nodes must be", NO_SWARM, _SWARM),
    row("services.*.deploy.placement.preferences", "list", "what nodes should be", NO_SWARM, _SWARM),
    row("services.*.deploy.placement.preferences.*", "mapping", "one preference", NO_SWARM, _SWARM),
    row("services.*.deploy.placement.preferences.*.spread", "text", "spread over this label", NO_SWARM, _SWARM),
    row("services.*.deploy.placement.max_replicas_per_node", "whole number/text", "most on one node",
        NO_SWARM, _SWARM),
)

DEVELOP: tuple[Attribute, ...] = (
    row("services.*.develop", "mapping/nothing", "what to do while developing"),
    row("services.*.develop.watch", "list", "files to watch"),
    row("services.*.develop.watch.*", "mapping", "one rule", required=("path", "action")),
    row("services.*.develop.watch.*.path", "text", "the file or folder"),
    row("services.*.develop.watch.*.action", "text", "what follows a change",
        values=("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
    row("services.*.develop.watch.*.target", "text", "where changes are copied to"),
    row("services.*.develop.watch.*.ignore", "text/texts", "what does not count"),
    row("services.*.develop.watch.*.include", "text/texts", "what alone counts"),
    row("services.*.develop.watch.*.initial_sync", "true or false", "copy everything first"),
    row("services.*.develop.watch.*.exec", "mapping", "the command to run", required=("command",)),
    row("services.*.develop.watch.*.exec.command", "command", "the command"),
    row("services.*.develop.watch.*.exec.user", "text", "the user that runs it"),
    row("services.*.develop.watch.*.exec.privileged", "boolean/text", "with all capabilities"),
    row("services.*.develop.watch.*.exec.working_dir", "text", "where it starts"),
    row("services.*.develop.watch.*.exec.environment", "pairs", "its environment variables"),
)
