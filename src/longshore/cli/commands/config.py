"""`shore config`: check the Compose files and print them resolved, as `docker compose config` does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from longshore.cli.arguments import Args, Parser
from longshore.model.errors import Place, UsageError

if TYPE_CHECKING:
    from longshore.compose.load import LoadOptions
    from longshore.compose.values.template import Variable

__all__ = ["add_arguments", "run"]

_LISTS = {
    "--services": "the names of the services",
    "--volumes": "the names of the volumes",
    "--networks": "the names of the networks",
    "--models": "the models",
    "--images": "the images",
    "--profiles": "the profiles",
    "--variables": "the variables that the files use, with their defaults",
    "--environment": "the environment that they are replaced from",
}


def add_arguments(parser: Parser) -> None:
    """The options of `docker compose config`."""
    parser.add_argument("selected", nargs="*", metavar="SERVICE", help="only these, and what they need")
    parser.add_argument("--format", metavar="yaml|json", help="how to print it (default yaml)")
    parser.add_argument("-q", "--quiet", action="store_true", help="only check, print nothing")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file")
    for flag, what in _LISTS.items():
        parser.add_argument(flag, dest=f"list_{flag[2:]}", action="store_true", help=f"print {what}, one a line")
    parser.add_argument("--hash", metavar="SERVICE,...", help='print the hashes of services ("*" for all)')
    parser.add_argument("--no-interpolate", action="store_true", help="leave variables as they are")
    parser.add_argument("--no-normalize", action="store_true", help="leave out what the files do not say")
    parser.add_argument("--no-path-resolution", action="store_true", help="leave paths relative")
    parser.add_argument("--no-consistency", action="store_true", help="do not check that everything fits together")
    parser.add_argument("--no-env-resolution", action="store_true", help="leave env files unread")
    parser.add_argument("--resolve-image-digests", action="store_true", help="images with the digest of their registry")
    parser.add_argument("--lock-image-digests", action="store_true", help="only those: a file to merge with the others")


def run(args: Args) -> int:
    """Print what was asked for."""
    printers: dict[str, Callable[[Args], str]] = {
        "list_services": _services, "list_volumes": _volumes, "list_networks": _networks, "list_models": _models,
        "hash": _hashes, "list_profiles": _profiles, "list_images": _images, "list_variables": _variables,
        "list_environment": _environment,
    }  # fmt: skip
    gc.disable()  # a file makes many small objects and no garbage, and the process ends soon
    wanted = next((printer for name, printer in printers.items() if getattr(args, name)), _project)
    text = wanted(args)
    if args.quiet:
        return 0
    if args.output and wanted is _project:
        with open(args.output, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return 0
    sys.stdout.write(text)
    return 0


def _options(args: Args, **changes: Any) -> LoadOptions:
    from longshore.compose.load import LoadOptions

    given: dict[str, Any] = {
        "files": tuple(args.files or ()),
        "project_name": args.project or "",
        "project_directory": args.project_directory or "",
        "profiles": tuple(args.profiles or ()),
        "env_files": tuple(args.env_files or ()),
        "services": tuple(args.selected),
        "warn": _warn,
        "interpolate": not args.no_interpolate,
        "normalize": not (args.no_normalize or args.compatibility),
        "resolve_paths": not args.no_path_resolution,
        "consistency": not args.no_consistency,
        "resolve_selected": not args.no_env_resolution,
        "all_resources": bool(args.all_resources),
    }
    return LoadOptions(**{**given, **changes})


def _warn(what: str, place: Place | None) -> None:
    print(f"warning: {place}: {what}" if place else f"warning: {what}", file=sys.stderr)


def _load(args: Args, **changes: Any) -> Any:
    from longshore.compose.load import load_project

    return load_project(_options(args, **changes))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _project(args: Args) -> str:
    if args.format not in (None, "", "yaml", "json"):
        raise UsageError(f'"{args.format}" is not a format', hint="one of yaml, json")
    if args.no_interpolate:
        return _model(args)
    project = _load(args)
    if args.resolve_image_digests or args.lock_image_digests:
        _pin(args, project.services)
    if args.lock_image_digests:
        return _locked(args, project.services)
    if args.format == "json":
        from longshore.compose.write.render import as_mapping, json_text

        text = json_text(as_mapping(project))
    else:
        from longshore.compose.write.render import yaml_mapping
        from longshore.compose.write.yamltext import yaml_text

        text = yaml_text(yaml_mapping(project))
    return text.replace("$", "$$")


def _model(args: Args) -> str:
    from longshore.compose.load import load_model
    from longshore.compose.values.tree import Map
    from longshore.compose.write.render import json_text
    from longshore.compose.write.yamltext import natural, yaml_text

    model = load_model(_options(args))
    if args.resolve_image_digests or args.lock_image_digests:
        _pin(args, model.get("services") or {})
    if args.lock_image_digests:
        services = (model.get("services") or {}).items()
        model = Map({"services": Map({name: Map(_image_alone(one)) for name, one in services})})
    return json_text(model) if args.format == "json" else yaml_text(natural(model))


def _pin(args: Args, services: dict[str, dict[str, Any]]) -> None:
    """Give the images of services the digests that their registries have for them."""
    import asyncio
    import os

    from longshore.flow.pinning import pinned

    if args.offline:
        raise UsageError("--offline: no registry is asked for digests", hint="leave one of both out")
    named = [one for one in services.values() if one.get("image")]
    found = asyncio.run(pinned((one["image"] for one in named), os.environ))
    for one in named:
        one["image"] = found[one["image"]]


def _image_alone(service: dict[str, Any]) -> dict[str, Any]:
    return {"image": service["image"]} if service.get("image") else {}


def _locked(args: Args, services: dict[str, dict[str, Any]]) -> str:
    """Nothing but the images, in Docker Compose's shape: its JSON has empty attributes that its YAML leaves out."""
    from longshore.compose.write.render import json_text
    from longshore.compose.write.yamltext import natural, yaml_text

    images = {name: _image_alone(one) for name, one in services.items()}
    if args.format == "json":
        empty = {"command": None, "entrypoint": None}
        return json_text({"name": "", "services": {name: {**empty, **one} for name, one in sorted(images.items())}})
    return yaml_text(natural({"services": images}))


def _services(args: Args) -> str:
    if args.no_interpolate:
        from longshore.compose.load import load_model

        return _lines(load_model(_options(args, services=())).get("services") or ())
    from longshore.compose.types.select import dependency_order

    return _lines(dependency_order(_load(args, services=(), resolve_environment=False)))


def _volumes(args: Args) -> str:
    return _lines(sorted(_load(args, services=(), resolve_environment=False).volumes))


def _networks(args: Args) -> str:
    return _lines(sorted(_load(args, services=(), resolve_environment=False).networks))


def _models(args: Args) -> str:
    models = _load(args, services=(), resolve_environment=False).models
    return _lines(model["model"] for _, model in sorted(models.items()) if model.get("model"))


def _profiles(args: Args) -> str:
    project = _load(args, resolve_environment=False)
    every = (*project.services.values(), *project.disabled.values())
    return _lines(sorted({profile for service in every for profile in service.get("profiles", ())}))


def _images(args: Args) -> str:
    project = _load(args, resolve_environment=False)
    return _lines(project.image_of(name) for name in sorted(project.services))


def _hashes(args: Args) -> str:
    from longshore.compose.write.hash import service_hash

    project = _load(args, services=(), resolve_environment=False, keep_env_files=True)
    platform = project.environment.get("DOCKER_DEFAULT_PLATFORM", "")
    names = sorted(project.services) if args.hash == "*" else sorted(args.hash.split(","))
    for name in names:
        if name not in project.services:
            from longshore.model.errors import unknown_service

            raise unknown_service(name, (*project.services, *project.disabled))
    return _lines(f"{name} {service_hash(project.services[name], platform)}" for name in names)


def _environment(args: Args) -> str:
    return _lines(sorted(f"{key}={value}" for key, value in _load(args).environment.items()))


def _variables(args: Args) -> str:
    from longshore.compose.load import load_model
    from longshore.compose.values.template import all_variables

    found = all_variables(load_model(_options(args, interpolate=False)))
    if args.format in ("json", "yaml"):
        return _shown_variables(found, args.format)
    rows = [("NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE")]
    rows += [(n, str(v.required).lower(), v.default, v.alternative) for n, v in sorted(found.items())]
    widths = [max(20, *(len(row[column]) + 3 for row in rows)) for column in range(3)]
    return _lines("".join(cell.ljust(w) for cell, w in zip(row, widths, strict=False)) + row[3] for row in rows)


def _shown_variables(found: dict[str, Variable], form: str) -> str:
    """The variables as Docker Compose prints them in this form: with an indent of four."""
    from longshore.compose.write.render import json_text
    from longshore.compose.write.yamltext import yaml_text

    shown = {
        name: {"Name": name, "DefaultValue": v.default, "PresenceValue": v.alternative, "Required": v.required}
        for name, v in sorted(found.items())
    }
    if form == "json":
        return json_text(shown, "    ") + "\n\n"
    lowered = {name: {key.lower(): value for key, value in one.items()} for name, one in shown.items()}
    return yaml_text(lowered).replace("\n  ", "\n    ")
