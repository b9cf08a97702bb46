"""Who is shown what a flow does: the command line's screens, a dashboard, or nobody."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.engine.base import SurveyLine
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.model.stack import Stack
from longshore.state.events import Event, LogLine
from longshore.state.observed import Observed

__all__ = ["Audience", "Scene"]


@record
class Scene:
    """What is known before anything changes. `services` are those that the flow is about (None: all that have a name);
    `scale` what --scale asks for; `engine` and `reason` which engine was chosen and why, `deviations` what it will not
    do as written, `orphans` the containers of services that are not in the file and stay, `images` (of
    a dry run) what would run for each image: all empty where nothing was chosen."""

    stack: Stack | None
    observed: Observed
    services: tuple[str, ...] | None = None
    scale: Mapping[str, int] = EMPTY
    engine: str = ""
    reason: str = ""
    deviations: tuple[SurveyLine, ...] = ()
    orphans: tuple[str, ...] = ()
    waited: float = 0.0
    """Seconds for which another command on the project was waited for."""
    images: tuple[SurveyLine, ...] = ()


class Audience:
    """Hears of everything in this order: `begins`, then `take` for each event, `settles`, `closes`; all of it again
    where a flow has another part. This one does nothing with it."""

    def begins(self, scene: Scene) -> None:
        """What is there and what the flow is about is known; nothing has changed yet."""

    def take(self, event: Event) -> None:
        """Something happened."""

    def settles(self, observed: Observed) -> None:
        """What is there in the end, whatever events told."""

    def closes(self) -> None:
        """Nothing more comes of this part."""

    def ready(self, observed: Observed) -> None:
        """`up` has started everything, and waited where that was asked."""

    def line(self, line: LogLine) -> None:
        """A line of an attached service. Raises BrokenPipeError where nobody reads any longer."""

    def ended(self, container: str, exit_code: int) -> None:
        """An attached container ended by itself. Raises BrokenPipeError where nobody reads any longer."""

    def detached(self, container: str) -> None:
        """A one-off container of that id is left running."""

    def stops(self, scene: Scene) -> None:
        """What was attached is stopped now; a part of its own, which `closes`."""
