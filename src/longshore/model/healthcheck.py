"""A declared health check, from a Compose file or from an image's HEALTHCHECK."""

from __future__ import annotations

from longshore.model.record import record

__all__ = ["HealthCheck"]


@record
class HealthCheck:
    """All times in seconds. `test` is what Docker stores: ("CMD", argv...), ("CMD-SHELL", line), ("NONE",), or empty
    when only the timing is given and the image's own test applies. A time that is None was not given: the image's
    value holds, else Docker's default (interval 30 s, timeout 30 s, 3 retries, no start period, start interval 5 s)."""

    test: tuple[str, ...] = ()
    interval: float | None = None
    timeout: float | None = None
    retries: int | None = None
    start_period: float | None = None
    start_interval: float | None = None
    disable: bool = False

    def over(self, image: HealthCheck | None) -> HealthCheck:
        """This check with the gaps filled from the image's, as Docker does at container creation."""
        if image is None or self.disable:
            return self
        return HealthCheck(
            test=self.test or image.test,
            interval=_first(self.interval, image.interval),
            timeout=_first(self.timeout, image.timeout),
            retries=self.retries if self.retries is not None else image.retries,
            start_period=_first(self.start_period, image.start_period),
            start_interval=_first(self.start_interval, image.start_interval),
        )

    @property
    def active(self) -> bool:
        """Whether there is anything to run: not disabled, and not NONE."""
        return not self.disable and bool(self.test) and self.test[0] != "NONE"

    @property
    def every(self) -> float:
        """The interval in seconds; Docker reads 0 as "not given"."""
        return self.interval or DEFAULT_SECONDS

    @property
    def patience(self) -> float:
        """The timeout of one probe in seconds."""
        return self.timeout or DEFAULT_SECONDS

    @property
    def failures(self) -> int:
        """How many failures in a row make a service unhealthy."""
        return self.retries or 3

    @property
    def deadline(self) -> float:
        """Seconds after start when a service that never answers is unhealthy at the latest, though each probe hang:
        start_period + retries x (interval + timeout)."""
        return (self.start_period or 0.0) + self.failures * (self.every + self.patience)


DEFAULT_SECONDS = 30.0
"""Docker's default for both interval and timeout."""


def _first(a: float | None, b: float | None) -> float | None:
    return a if a is not None else b
