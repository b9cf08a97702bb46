"""`shore port`: where a published port answers."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("port", metavar="PORT", type=int, help="the port in the container")
    parser.add_argument("--protocol", choices=("tcp", "udp"), default="tcp", metavar="tcp|udp", help="tcp, or udp")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="of the container of that number")


def run(args: Args) -> int:
    return finish(_port(args))


async def _port(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import at_home, find_container
    from longshore.model.errors import ShoreError

    async with at_home(where(args)) as session:
        container = find_container(session, args.service, args.index)
        for port in container.ports:
            if port.target == args.port and port.protocol == args.protocol and port.published:
                host = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip or "0.0.0.0"
                print(f"{host}:{port.published}")
                return 0
        published = ", ".join(f"{p.target}/{p.protocol}" for p in container.ports if p.published)
        raise ShoreError(
            f"{args.service} does not publish {args.port}/{args.protocol}",
            hint=f"it publishes {published}" if published else "it publishes no port",
        )
