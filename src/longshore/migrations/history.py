"""A history of migrations as a graph, and what can be wrong with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from longshore.model.record import record

__all__ = ["History", "Revision"]


@record
class Revision:
    """One migration file. `id` is unique in its history ("ae10" or "shop.0002_stock"); `parents` the ids that it comes
    after; `replaces` those that it stands for (Django's squashed ones); `line` where it says so. `branch` groups those
    that must end in one head: "" in Alembic, the app in Django, or an Alembic branch label."""

    id: str
    file: str
    parents: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    line: int = 1
    branch: str = ""


@record
class History:
    """All migrations that one tool ("alembic", "django") finds in one folder. `apps` are the project's own apps:
    parents in others come from installed packages."""

    tool: str
    folder: str
    revisions: tuple[Revision, ...]
    apps: frozenset[str] = frozenset()

    @property
    def by_id(self) -> Mapping[str, list[Revision]]:
        found: dict[str, list[Revision]] = defaultdict(list)
        for revision in self.revisions:
            found[revision.id].append(revision)
        return found

    def duplicates(self) -> list[list[Revision]]:
        """Files that claim one id."""
        return [several for several in self.by_id.values() if len(several) > 1]

    def missing(self) -> list[tuple[Revision, str]]:
        """Revisions with a parent that no file is."""
        known = {*self.by_id, *(old for revision in self.revisions for old in revision.replaces)}
        return [
            (revision, parent)
            for revision in self.revisions
            for parent in revision.parents
            if parent not in known and self._is_ours(parent)
        ]

    def _is_ours(self, parent: str) -> bool:
        return self.tool != "django" or parent.partition(".")[0] in self.apps

    def cycles(self) -> list[list[Revision]]:
        """Each circle once, in the order in which its members come after each other."""
        graph = {id_: [p for one in several for p in one.parents] for id_, several in self.by_id.items()}
        found: list[list[Revision]] = []
        done: set[str] = set()
        for start in graph:
            path: list[str] = []
            self._walk(start, graph, path, done, found)
        return found

    def _walk(
        self, node: str, graph: Mapping[str, list[str]], path: list[str], done: set[str], found: list[list[Revision]]
    ) -> None:
        if node in path:
            found.append([self.by_id[id_][0] for id_ in path[path.index(node) :]])
            return
        if node in done or node not in graph:
            return
        path.append(node)
        for parent in graph[node]:
            self._walk(parent, graph, path, done, found)
        path.pop()
        done.add(node)

    def heads(self) -> Mapping[str, list[Revision]]:
        """By branch, the revisions that no other comes after; of a squashed one and those that it replaces the former.
        What is part of a circle is no head."""
        replaced = {old for revision in self.revisions for old in revision.replaces}
        branch_of = {revision.id: revision.branch for revision in self.revisions}
        parents = {
            parent
            for revision in self.revisions
            if revision.id not in replaced
            for parent in revision.parents
            if branch_of.get(parent) == revision.branch
        }
        parents |= {r.id for r in self.revisions if {*r.replaces} & parents}
        circles = {revision.id for circle in self.cycles() for revision in circle}
        heads: dict[str, list[Revision]] = defaultdict(list)
        for id_, several in self.by_id.items():
            if id_ not in parents and id_ not in replaced and id_ not in circles:
                heads[several[0].branch].append(several[0])
        return heads
