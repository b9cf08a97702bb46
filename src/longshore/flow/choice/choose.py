"""Which engine runs a project, and why. The rules stand in `_ORDER`; the first match wins (docs: explanation)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from longshore.engine.base import Engine, Survey, SurveyLine
from longshore.flow.choice.engines import ENGINES, Engines
from longshore.model.errors import ShoreError, UsageError
from longshore.model.graph import with_dependencies
from longshore.model.record import factory, record, replace
from longshore.model.stack import Stack
from longshore.state.observed import Observed

__all__ = ["Choice", "asked_engine", "check_survey", "choose", "surveyed"]

MOST = 12
"""Services up to which a hint names them."""


@record
class Choice:
    """The engine, the reason in words for the first line printed, and where they were needed for the choice its survey
    and what of the project is there."""

    engine: Engine
    reason: str
    survey: Survey | None = None
    observed: Observed | None = None

    async def observe(self, project: str) -> Observed:
        """What of the project is there; not asked again of the engine."""
        return self.observed or await self.engine.observe(project)


@record(frozen=False)
class _Question:
    stack: Stack
    asked: str
    engines: Engines
    later: bool
    surveys: dict[str, Survey] = factory(default_factory=dict)
    opened: dict[str, Engine] = factory(default_factory=dict)
    observed: dict[str, Observed] = factory(default_factory=dict)
    silent: set[str] = factory(default_factory=set)

    def open(self, name: str) -> Engine:
        if name not in self.opened:
            self.opened[name] = self.engines.open(name)
        return self.opened[name]

    async def survey(self, name: str) -> Survey:
        if name not in self.surveys:
            self.surveys[name] = await self.open(name).survey(self.stack)
        return self.surveys[name]

    async def holds(self, name: str) -> str:
        """What of this project is on an engine, in words; "" for nothing or an engine that does not answer."""
        if not self.engines.reachable(name):
            return ""
        if name not in self.observed and name not in self.silent:
            try:
                self.observed[name] = await self.open(name).observe(self.stack.name)
            except ShoreError:
                self.silent.add(name)
        seen = self.observed.get(name, Observed(self.stack.name))
        if seen.volumes:
            return "data"
        return "services" if seen.containers else ""


async def choose(
    stack: Stack, engines: Engines, *, flag: str = "auto", environ: Mapping[str, str], strict: bool = False,
    later: bool = False,
) -> Choice:  # fmt: skip
    """Decide. `flag` is --engine. Raises when no engine can run the stack, saying for each service why, when
    `strict` forbids what the engine would do differently, and when another engine holds this project's volumes.
    `later`: where the project is already, its survey is left to `surveyed`, once something is known to start."""
    question = _Question(stack, asked_engine(flag, environ, stack), engines, later)
    kept: Engine | None = None
    try:
        found = await _first_match(question)
        await _refuse_second_home(question, found)
        name = found.engine.name
        survey = await question.survey(name) if strict else question.surveys.get(name)
        if survey:
            check_survey(survey, stack, strict=strict)
        kept = found.engine
        return replace(found, observed=question.observed.get(name))
    finally:
        for engine in question.opened.values():
            if engine is not kept:
                await engine.close()


async def surveyed(choice: Choice, stack: Stack, *, strict: bool = False) -> Choice:
    """The choice with the survey of its engine, which `choose` had not needed. Raises ShoreError for what the engine
    cannot run, and with `strict` for what it would do differently."""
    if choice.survey is not None:
        return choice
    survey = await choice.engine.survey(stack)
    if survey.blocked:
        raise survey.blocked
    check_survey(survey, stack, strict=strict)
    return replace(choice, survey=survey)


async def _first_match(question: _Question) -> Choice:
    for rule in _ORDER:
        found = await rule(question)
        if found:
            return found
    raise _nobody(question)


def asked_engine(flag: str, environ: Mapping[str, str], stack: Stack | None) -> str:
    """The engine that is asked for by name; "" where the choice is free. Raises UsageError for one that is none."""
    for source, value in (
        ("--engine", flag),
        ("SHORE_ENGINE", environ.get("SHORE_ENGINE", "")),
        ("x-longshore.engine", str(stack.longshore.get("engine", "")) if stack else ""),
    ):
        if value and value != "auto":
            if value not in ENGINES:
                raise UsageError(f"{source}: {value!r} is not an engine", hint=f"one of auto, {', '.join(ENGINES)}")
            return value
    return ""


async def _by_request(question: _Question) -> Choice | None:
    if not question.asked:
        return None
    if question.later and await question.holds(question.asked) and question.observed[question.asked].containers:
        return Choice(question.open(question.asked), "asked for")
    survey = await question.survey(question.asked)
    if survey.blocked:
        raise survey.blocked
    return Choice(question.open(question.asked), "asked for", survey)


async def _where_it_lives(question: _Question) -> Choice | None:
    for name in ENGINES:
        held = await question.holds(name)
        if held:
            return Choice(question.open(name), f"this project has {held} here")
    return None


async def _native_exactly(question: _Question) -> Choice | None:
    if not question.engines.reachable("native"):
        return None
    survey = await question.survey("native")
    return Choice(question.open("native"), "runs every service exactly", survey) if survey.exact else None


async def _another_answers(question: _Question) -> Choice | None:
    native = question.surveys.get("native")
    for name in ENGINES:
        if name == "native" or not question.engines.reachable(name):
            continue
        survey = await question.survey(name)
        if not survey.blocked and not survey.refused:
            why = _first_reason(native) if native else "its socket answers"
            return Choice(question.open(name), why, survey)
    return None


async def _native_with_deviations(question: _Question) -> Choice | None:
    survey = question.surveys.get("native")
    if survey is None or survey.blocked or survey.refused:
        return None
    count = len(survey.deviations)
    return Choice(
        question.open("native"), f"{count} deviation{'s' if count != 1 else ''}, no container engine answers", survey
    )


_ORDER: tuple[Callable[[_Question], Awaitable[Choice | None]], ...] = (
    _by_request,
    _where_it_lives,
    _native_exactly,
    _another_answers,
    _native_with_deviations,
)


def _first_reason(survey: Survey) -> str:
    if survey.blocked:
        return f"native cannot run here: {survey.blocked.what}"
    lines = survey.refused or survey.deviations
    return f"native: {lines[0].service} {lines[0].text}" if lines else "its socket answers"


async def _refuse_second_home(question: _Question, choice: Choice) -> None:
    """An engine was asked for by name; if another one holds volumes of this project, its data would seem to vanish."""
    if not question.asked:
        return
    for name in ENGINES:
        if name == choice.engine.name or await question.holds(choice.engine.name) == "data":
            continue
        if await question.holds(name) == "data":
            volumes = ", ".join(volume.name for volume in question.observed[name].volumes)
            raise ShoreError(
                f"this project has volumes on {name}: {volumes}",
                hint=f"go on there (--engine {name}), drop them (shore --engine {name} down -v), "
                "or use another project name (-p)",
            )


def check_survey(survey: Survey, stack: Stack, *, strict: bool) -> None:
    """Raises ShoreError for what the engine cannot run, and with `strict` for what it would do differently; it says
    what of the stack would run all the same."""
    wrong = (*survey.refused, *(survey.deviations if strict else ()))
    if wrong:
        hint = _common(wrong) or "change what is named, or use another engine"
        raise ShoreError(
            f"{survey.engine} cannot run this stack as written" if strict else f"{survey.engine} cannot run this stack",
            details=_lines(wrong, hint),
            hint="\n".join([hint, *_the_rest(wrong, stack)]),
            place=wrong[0].place,
        )


def _lines(lines: tuple[SurveyLine, ...], said: str = "") -> tuple[str, ...]:
    """What is wrong, and what to do about it where it is not `said` elsewhere; the same is said once."""
    told = {said, ""}
    found: list[str] = []
    for x in lines:
        found.append(f"{x.service}: {x.subject}: {x.text}" + ("" if x.todo in told else f" ({x.todo})"))
        told.add(x.todo)
    return tuple(found)


def _common(lines: tuple[SurveyLine, ...]) -> str:
    """What to do, where it is one thing for all of them; else ""."""
    todos = {line.todo for line in lines}
    return todos.pop() if len(todos) == 1 else ""


def _the_rest(wrong: tuple[SurveyLine, ...], stack: Stack) -> tuple[str, ...]:
    """How to run what neither is refused nor needs what is."""
    refused = {line.service for line in wrong}
    rest = [name for name in stack.services if not refused & {*with_dependencies(stack.services, [name])}]
    return (f"without that the rest would run: shore up {' '.join(rest)}",) if rest and len(rest) <= MOST else ()


def _nobody(question: _Question) -> ShoreError:
    native = question.surveys.get("native")
    details = _lines(native.refused) if native else ()
    if native and native.blocked:
        return ShoreError(
            f"no engine can run this stack: {native.blocked.what}; no Docker or Podman socket answers",
            hint=native.blocked.hint or "start Docker or Podman",
            details=details,
        )
    return ShoreError(
        "no engine can run this stack: native refuses what stands below, and no Docker or Podman socket answers",
        details=details,
        hint="change what is named, or start Docker or Podman",
    )
