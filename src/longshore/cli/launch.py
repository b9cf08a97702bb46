"""What `up`, `create` and `scale` make of their flags, and show."""

from __future__ import annotations

from longshore.cli.arguments import Args
from longshore.cli.screens import QUIET_BUILD, QUIET_PULL, UpScreens
from longshore.cli.upoptions import wish_of
from longshore.cli.where import where
from longshore.flow import home
from longshore.flow.home import Where
from longshore.flow.up import Attach, UpRequest, plan_up, up
from longshore.model.stack import Stack
from longshore.report.times import prose

__all__ = ["launch"]


async def launch(args: Args, began: float) -> int:
    """Carry it out; the exit code. `began` is when the command did, in seconds since the epoch."""
    place = where(args)
    stack = home.load_stack(place, args.services)
    request = UpRequest(
        wish=wish_of(args, stack),
        wait=args.wait,
        wait_timeout=getattr(args, "wait_timeout", None) or None,  # 0 is no limit, as with Docker Compose
        examine=lambda: _examine(place, stack),
    )
    if args.dry_run:
        from longshore.report.dryrun import plan_text

        print(plan_text(*await plan_up(place, stack, request, UpScreens(args, "", began))))
        return 0
    await _migrate_first(args, place, stack)
    hushed = (QUIET_BUILD if args.quiet_build else frozenset()) | (QUIET_PULL if args.quiet_pull else frozenset())
    if args.detach or args.wait or args.no_start:
        screens = UpScreens(args, "logs: shore logs -f     stop: shore down", began, hushed=hushed)
        await up(place, stack, request, screens)
        return 0
    from longshore.flow.attachedup import up_attached

    screens = UpScreens(args, "stop: Ctrl-C", began, hushed=hushed)
    return await up_attached(place, stack, request, _attach(args), screens)


def _examine(place: Where, stack: Stack) -> None:
    from longshore.doctor.beforeup import check_before_up

    check_before_up(place, stack)


async def _migrate_first(args: Args, place: Where, stack: Stack) -> None:
    """The migrations of services that ask for it (`x-longshore.migrate`): once, however many replicas start after."""
    asking = [s.name for s in stack.services.values() if "migrate" in (s.extensions.get("x-longshore") or {})]
    if not asking or getattr(args, "no_start", False):
        return
    _examine(place, stack)
    from longshore.cli.screens import Screens
    from longshore.flow.migrate import migrating

    for name in asking:
        async with migrating(place, stack, name, Screens(args), what="up") as one:
            before = await one.status()
            if before.pending or not one.target.history.tool:
                seconds, _ = await one.change(one.command("up"), before, backup=bool(before.applied))
                place.say(f"{name}: {len(before.pending) or 'all'} migrations applied in {prose(seconds)}")


def _attach(args: Args) -> Attach:
    return Attach(
        only=tuple(args.attach or ()),
        without=tuple(args.no_attach or ()),
        needed=args.attach_dependencies,
        end_with_any=args.abort_on_container_exit,
        end_with_failure=args.abort_on_container_failure,
        code_from=args.exit_code_from or "",
        watch=args.watch,
    )
