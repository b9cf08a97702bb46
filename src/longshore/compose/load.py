"""Loading: Compose files into a project, phase by phase, in the order in which Compose does it.

find the sources → parse → per document: interpolate → extends → reset → include → merge → unicity → schema →
canonical → unicity; once: defaults → checks → absolute paths; then normalize → decode → profiles → consistency →
env files → selection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from longshore.compose.check.checks import check_values
from longshore.compose.check.consistency import check_consistency, check_container_names
from longshore.compose.check.schema import check_schema
from longshore.compose.merge.extends import apply_extends
from longshore.compose.merge.include import apply_include
from longshore.compose.merge.interpolate import interpolate
from longshore.compose.merge.merge import merge
from longshore.compose.merge.reset import apply_resets
from longshore.compose.merge.unique import enforce_unicity
from longshore.compose.read.context import Context, read_bytes, shown
from longshore.compose.read.naming import project_name
from longshore.compose.read.paths import resolve_paths
from longshore.compose.read.sources import NoComposeFile, Sources, find_sources, process_environment
from longshore.compose.read.yaml import Document, parse
from longshore.compose.types.canonical import canonical, omit_empty
from longshore.compose.types.defaults import set_defaults
from longshore.compose.types.normalize import normalize
from longshore.compose.types.project import Project, decode_project
from longshore.compose.types.select import apply_profiles, drop_unused, select_services
from longshore.compose.types.serviceenv import resolve_environments, resolve_labels
from longshore.compose.values.problems import Problems, Warn
from longshore.compose.values.tree import Map, Path, place_of
from longshore.model.errors import Place, ShoreError

if TYPE_CHECKING:
    from longshore.model.stack import Stack

__all__ = ["LoadOptions", "NoComposeFile", "load", "load_model", "load_project"]


def _silent(_: str, __: Place | None) -> None:
    return None


class LoadOptions(NamedTuple):
    """What to read and how. Empty values mean what they mean to `docker compose`: look for the files, take the name
    from them or from the folder, read .env. `environ` is this process's when it is None; `warn` gets each
    warning once, with its place where it has one."""

    files: Sequence[str] = ()
    project_name: str = ""
    project_directory: str = ""
    profiles: Sequence[str] = ()
    env_files: Sequence[str] = ()
    services: Sequence[str] = ()
    environ: Mapping[str, str] | None = None
    warn: Warn = _silent
    interpolate: bool = True
    normalize: bool = True
    resolve_paths: bool = True
    consistency: bool = True
    resolve_environment: bool = True
    resolve_selected: bool = True
    """Read the env files also of services that only their selection enables."""
    keep_env_files: bool = False
    keep_label_files: bool = False
    all_resources: bool = False


def load(options: LoadOptions) -> Stack:
    """The stack that the files describe. Raises ShoreError (ShoreErrors for several) with their places."""
    from longshore.compose.stack import build_stack

    return build_stack(load_project(options._replace(keep_label_files=True)))


def load_project(options: LoadOptions) -> Project:
    """The selected project, as `docker compose config` prints it."""
    problems = Problems(options.warn)
    try:
        return _load_project(options, problems)
    except ShoreError as error:
        raise problems.joined(error) from None


def _load_project(options: LoadOptions, problems: Problems) -> Project:
    sources, tree, name = _read(options, problems)
    project = Project(name, sources.working_dir, sources.files, sources.environment, problems, tree, sources.env_files)
    decode_project(project)
    problems.check()
    apply_profiles(project, _profiles(options, sources))
    if options.consistency:
        check_consistency(project)
        problems.check()
    if options.resolve_environment:
        resolve_environments(project, discard=not options.keep_env_files)
    resolve_labels(project, discard=not options.keep_label_files)
    problems.check()
    select_services(project, options.services)
    if not options.all_resources:
        drop_unused(project)
    if options.resolve_environment and options.resolve_selected:
        resolve_environments(project, discard=not options.keep_env_files)
    if options.consistency:
        check_container_names(project)
    problems.check()
    return project


def load_model(options: LoadOptions) -> Map:
    """The merged model as far as it goes without types and values: what `config --no-interpolate` prints."""
    problems = Problems(options.warn)
    try:
        return _read(options, problems, values=False)[1]
    except ShoreError as error:
        raise problems.joined(error) from None


def _profiles(options: LoadOptions, sources: Sources) -> list[str]:
    if options.profiles:
        return list(options.profiles)
    return [p.strip() for p in sources.environment.get("COMPOSE_PROFILES", "").split(",")]


def _read(options: LoadOptions, problems: Problems, *, values: bool = True) -> tuple[Sources, Map, str]:
    """The sources, the model and the name of the project. Without `values` the environment gives it none."""
    sources = find_sources(
        options.files,
        options.project_directory,
        options.env_files,
        process_environment() if options.environ is None else options.environ,
        problems,
    )
    documents = _parse_all(sources.files, problems)
    name = project_name(
        options.project_name, sources.environment, [d for file in sources.files for d in documents[file]],
        sources.working_dir, interpolate=options.interpolate, normalize=options.normalize, problems=problems,
    )  # fmt: skip
    sources.environment["COMPOSE_PROJECT_NAME"] = name
    environment = sources.environment if values else {"COMPOSE_PROJECT_NAME": name}
    context = Context(
        working_dir=sources.working_dir, base_dir=sources.working_dir, environment=environment,
        problems=problems, project_name=name, interpolate=options.interpolate, normalize=options.normalize,
        resolve_paths=options.resolve_paths,
    )  # fmt: skip
    tree = _load_files(sources.files, context, (), documents)
    if not tree:
        raise ShoreError("the Compose file is empty", place=Place(shown(sources.files[0])), hint="it needs services:")
    if not name:
        raise ShoreError("the project has no name", hint="give one with -p")
    if options.normalize:
        tree["name"] = name
        normalize(tree, environment)
    return sources, tree, name


def _parse_all(files: Sequence[str], problems: Problems) -> dict[str, list[Document]]:
    """The documents of all files; every file that is not YAML is told of."""
    documents: dict[str, list[Document]] = {}
    for file in files:
        try:
            documents[file] = _parse(file)
        except ShoreError as error:
            problems.add(error.what, error.place, error.hint)
    problems.check()
    return documents


def _parse(file: str) -> list[Document]:
    return list(parse(read_bytes(file), shown(file)))


def _load_files(
    files: Sequence[str], context: Context, chain: Sequence[str],
    parsed: Mapping[str, list[Document]] | None = None,
) -> Map:  # fmt: skip
    """All files merged into one canonical model with absolute paths."""
    tree = Map()
    for file in files:
        documents = parsed[file] if parsed else _parse(file)
        for document in documents:
            tree = _add_document(tree, document, file, context, (*chain, file))
    if context.defaults:
        set_defaults(tree, context.problems)
    if context.validate:
        check_values(tree, context.problems)
    if context.resolve_paths:
        resolve_paths(tree, context.working_dir, context.problems)
    context.problems.check()
    _resolve_variables(tree, context.environment)
    return tree


def _load_alone(file: str, context: Context) -> tuple[Map, Sequence[Path]]:
    """One file for `extends`: canonical, not validated, with the resets of its last document."""
    tree = Map()
    resets: Sequence[Path] = ()
    for document in _parse(file):
        tree = _add_document(tree, document, file, context, (file,))
        resets = document.resets
    return tree, resets


def _add_document(tree: Map, document: Document, file: str, context: Context, chain: Sequence[str]) -> Map:
    """Merge one document over what was read before."""
    added, problems = document.tree, context.problems
    if not isinstance(added, Map):
        place = Place(shown(file), 1)
        raise ShoreError("the top level must be a mapping", place=place, hint="it starts with services:")
    if context.interpolate:
        interpolate(added, context.environment, problems)
    if context.extend:
        apply_extends(added, document.resets, context, file, _load_alone)
    apply_resets(tree, document.resets)
    if context.include:
        apply_include(added, context, chain, _load_files)
    tree = merge(tree, added)
    enforce_unicity(tree, problems)
    if context.validate:
        check_schema(tree, problems)
        _drop_version(tree, problems)
    problems.check()
    canonical(tree, problems, lenient=not context.interpolate)
    omit_empty(tree)
    problems.check()
    enforce_unicity(tree, problems)
    problems.check()
    return tree


def _drop_version(tree: Map, problems: Problems) -> None:
    if "version" in tree:
        problems.warn("version is obsolete and has no meaning; remove it", place_of(tree, ("version",), key=True))
        del tree["version"]


def _resolve_variables(tree: Map, environment: Mapping[str, str]) -> None:
    """Names without a value in lists of variables get the value that this file's environment has for them."""
    for service in (tree.get("services") or Map()).values():
        variables = service.get("environment") if isinstance(service, Map) else None
        if isinstance(variables, list):
            for index, item in enumerate(variables):
                if isinstance(item, str) and item in environment:
                    variables[index] = f"{item}={environment[item]}"
    for config in (tree.get("configs") or Map()).values():
        variable = config.get("environment") if isinstance(config, Map) else None
        if isinstance(variable, str) and variable in environment:
            config["content"] = environment[variable]
