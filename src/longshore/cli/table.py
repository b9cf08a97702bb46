"""The table of commands (of one or two words): which module carries one out, and the line of `shore -h` for it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMMANDS", "GROUPS", "Command"]


class Command(NamedTuple):
    """`module` is under longshore.cli.commands; it has `add_arguments(parser)` and `run(args) -> int`. Without a group
    it is not listed; without a module it is refused by name (refused.py)."""

    module: str
    group: str
    summary: str


GROUPS = {
    "run": "Bring a stack up and down",
    "look": "See what runs",
    "work": "Work in a service",
    "image": "Images and data",
    "file": "The Compose file",
    "self": "Longshore itself",
}

COMMANDS = {
    "up": Command("up", "run", "start the services, in order, each when what it needs is ready"),
    "down": Command("down", "run", "stop and remove containers and networks; with -v data too"),
    "stop": Command("stop", "run", "stop services, keep their containers"),
    "start": Command("start", "run", "start services that were stopped"),
    "restart": Command("restart", "run", "stop and start services"),
    "kill": Command("kill", "run", "send a signal to services at once"),
    "pause": Command("pause", "run", "hold services where they are"),
    "unpause": Command("unpause", "run", "let paused services go on"),
    "scale": Command("scale", "run", "so many containers of a service"),
    "create": Command("create", "run", "make containers without starting them"),
    "rm": Command("rm", "run", "remove stopped containers"),
    "wait": Command("wait", "run", "wait until services end"),
    "watch": Command("watch", "run", "sync, rebuild or restart when files change"),
    "ps": Command("ps", "look", "list containers, their health, addresses and what really runs"),
    "logs": Command("logs", "look", "what services wrote"),
    "ls": Command("ls", "look", "list projects"),
    "port": Command("port", "look", "the address of a published port"),
    "top": Command("top", "look", "the processes of services"),
    "stats": Command("stats", "look", "processor and memory use"),
    "events": Command("events", "look", "what happens to containers, as it happens"),
    "attach": Command("attach", "work", "join this terminal to a service that runs"),
    "exec": Command("exec", "work", "run a command in a running service"),
    "run": Command("run", "work", "run a one-off command as a service would"),
    "cp": Command("cp", "work", "copy files between a service and this machine"),
    "export": Command("export", "work", "a service's whole file system as a tar archive"),
    "commit": Command("commit", "image", "make an image of what a service has become (docker)"),
    "build": Command("build", "image", "build images"),
    "ship": Command("ship", "run", "release the stack on a Docker Swarm, whole or not at all"),
    "pull": Command("pull", "image", "fetch images"),
    "push": Command("push", "image", "publish images"),
    "login": Command("login", "image", "keep a login for a registry, where Docker and Podman look for it"),
    "logout": Command("logout", "image", "forget the login for a registry"),
    "load": Command("load", "image", "take images from an archive (native)"),
    "save": Command("save", "image", "write images into an archive (native)"),
    "images": Command("images", "image", "images that containers use"),
    "cache": Command("cache", "image", "what the native engine keeps; prune: the old goes; verify: what is damaged"),
    "volumes": Command("volumes", "image", "list volumes"),
    "volume": Command("volume", "image", "volumes of all projects: list, make, or remove by name"),
    "backup": Command("backup", "image", "keep the data of a stack in a snapshot; list, check and drill snapshots"),
    "restore": Command("restore", "image", "put a snapshot in the place of what is there, when it is seen to be whole"),
    "migrate": Command("migrate", "work", "apply, take back or make migrations, once and under a lock"),
    "doctor": Command("doctor", "file", "find what would go wrong before anything starts"),
    "verify": Command("verify", "run", "prove on the live stack that it does what it must, with evidence"),
    "config": Command("config", "file", "check the Compose file and print it resolved"),
    "alpha viz": Command("viz", "file", "the services and what they depend on, as a graph for Graphviz"),
    "alpha generate": Command("", "", ""),
    "alpha publish": Command("", "", ""),
    "publish": Command("", "", ""),
    "bridge": Command("", "", ""),
    "new": Command("new", "file", "begin a stack of your own as a copy of one that comes along"),
    "version": Command("version", "self", "print the version"),
    "completion": Command("completion", "self", "print the completion script of a shell"),
    "__keep": Command("keep", "", "removes the copy of a project that a killed verify has left"),
    "__put-back": Command("put_back", "", "puts back a file that a killed verify has left changed"),
    "shim": Command("shim", "self", "let docker compose be shore, for scripts that call it"),
    "__docker": Command("dockershim", "", "what the programs of shore shim do"),
    "__complete": Command("complete", "", "what fits at a place of a command line, for the completion scripts"),
}
