"""Attributes of the top level: the project, networks, volumes, secrets, configs, models."""

from __future__ import annotations

from longshore.model.specification.attribute import NO_SWARM, Attribute, deviates, no, row

# A table: one row an attribute.
# fmt: off

__all__ = ["RESOURCES", "TOP"]

_NAMES = r"^[a-zA-Z0-9._-]+$"
_NO_DRIVER = no("there are no drivers")
_NO_MODELS = no("there is no model runner")

TOP: tuple[Attribute, ...] = (
    row("version", "text", "obsolete, without meaning"),
    row("name", "text", "the project's name"),
    row("include", "list", "other Compose files whose services become part of this project"),
    row("include.*", "text/mapping", "one of them", closed=True),
    row("include.*.path", "text/texts", "the file, and files that override it"),
    row("include.*.env_file", "text/texts", "its own env files"),
    row("include.*.project_directory", "text", "what its relative paths start from"),
)

RESOURCES: tuple[Attribute, ...] = (
    row("networks", "mapping", "networks", pattern=_NAMES, open=True),
    row("networks.*", "mapping/nothing", "one network"),
    row("networks.*.name", "text", "its name in the engine"),
    row("networks.*.driver", "text", "its driver", deviates("always a bridge of this project")),
    row("networks.*.driver_opts", "options", "options of the driver", _NO_DRIVER),
    row("networks.*.attachable", "boolean/text", "others may join it (for a Swarm)", NO_SWARM),
    row("networks.*.enable_ipv4", "boolean/text", "with IPv4", deviates("always")),
    row("networks.*.enable_ipv6", "boolean/text", "with IPv6", no("networks have IPv4 only")),
    row("networks.*.external", "boolean/text/mapping", "it exists already",
        deviates("the project's own: others are not on it")),
    row("networks.*.external.name", "text", "deprecated: write name"),
    row("networks.*.internal", "boolean/text", "with no way out"),
    row("networks.*.labels", "pairs", "its labels"),
    row("networks.*.ipam", "mapping", "its addresses"),
    row("networks.*.ipam.driver", "text", "what gives addresses", _NO_DRIVER),
    row("networks.*.ipam.config", "list", "ranges of addresses"),
    row("networks.*.ipam.config.*", "mapping", "one range"),
    row("networks.*.ipam.config.*.subnet", "text", "the network, such as 172.20.0.0/16"),
    row("networks.*.ipam.config.*.ip_range", "text", "the part of it to give from"),
    row("networks.*.ipam.config.*.gateway", "text", "the way out"),
    row("networks.*.ipam.config.*.aux_addresses", "texts by name", "addresses not to give", closed=True),
    row("networks.*.ipam.options", "texts by name", "options of the driver", _NO_DRIVER, closed=True),
    row("volumes", "mapping", "named volumes", pattern=_NAMES),
    row("volumes.*", "mapping/nothing", "one volume"),
    row("volumes.*.name", "text", "its name in the engine"),
    row("volumes.*.driver", "text", "its driver", deviates("always a folder of the user's")),
    row("volumes.*.driver_opts", "options", "options of the driver", deviates("type: none with o: bind is followed")),
    row("volumes.*.external", "boolean/text/mapping", "it exists already"),
    row("volumes.*.external.name", "text", "deprecated: write name"),
    row("volumes.*.labels", "pairs", "its labels"),
    row("secrets", "mapping", "secrets", pattern=_NAMES),
    row("secrets.*", "mapping", "one secret"),
    row("secrets.*.name", "text", "its name in the engine"),
    row("secrets.*.file", "text", "the file that holds it"),
    row("secrets.*.environment", "text", "the variable that holds it"),
    row("secrets.*.external", "boolean/text/mapping", "it exists already", no("there is no store of secrets"),
        no("only a Swarm has a store of secrets"), open=True),
    row("secrets.*.external.name", "text", "deprecated: write name"),
    row("secrets.*.labels", "pairs", "its labels"),
    row("secrets.*.driver", "text", "what provides it", _NO_DRIVER, no("only a Swarm has drivers of secrets")),
    row("secrets.*.driver_opts", "options", "options of the driver", _NO_DRIVER, no("only a Swarm has them")),
    row("secrets.*.template_driver", "text", "what fills in its template", _NO_DRIVER, no("only a Swarm has it")),
    row("configs", "mapping", "configs", pattern=_NAMES),
    row("configs.*", "mapping", "one config"),
    row("configs.*.name", "text", "its name in the engine"),
    row("configs.*.file", "text", "the file that holds it"),
    row("configs.*.content", "text", "its text"),
    row("configs.*.environment", "text", "the variable that holds it"),
    row("configs.*.external", "boolean/text/mapping", "it exists already", no("there is no store of configs"),
        no("only a Swarm has a store of configs"), open=True),
    row("configs.*.external.name", "text", "deprecated: write name"),
    row("configs.*.labels", "pairs", "its labels"),
    row("configs.*.template_driver", "text", "what fills in its template", _NO_DRIVER, no("only a Swarm has it")),
    row("models", "mapping", "AI models", _NO_MODELS, no("Longshore runs no models"), pattern=_NAMES, open=True),
    row("models.*", "mapping", "one model", _NO_MODELS, required=("model",)),
    row("models.*.name", "text", "its name", _NO_MODELS),
    row("models.*.model", "text", "the model's artifact", _NO_MODELS),
    row("models.*.context_size", "whole number only", "the size of its context", _NO_MODELS),
    row("models.*.runtime_flags", "list of text", "flags of the inference engine", _NO_MODELS),
)
