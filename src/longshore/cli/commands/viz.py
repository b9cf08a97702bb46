"""`shore alpha viz`: the services and what they depend on as a graph."""

from __future__ import annotations

import sys

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("--image", action="store_true", help="each with its image")
    parser.add_argument("--networks", action="store_true", help="each with its networks")
    parser.add_argument("--ports", action="store_true", help="each with its published ports")
    parser.add_argument("--indentation-size", type=int, default=1, metavar="N", help="tabs that a line begins with")
    parser.add_argument("--spaces", action="store_true", help="spaces in their place")


def run(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.compose.load import load_project
    from longshore.compose.write.graph import GraphOptions, graph_text
    from longshore.flow.home import load_options

    indent = (" " if args.spaces else "\t") * max(0, args.indentation_size)
    project = load_project(load_options(where(args)))
    options = GraphOptions(networks=args.networks, ports=args.ports, images=args.image, indent=indent)
    sys.stdout.write(graph_text(project, options) + "\n")
    return 0
