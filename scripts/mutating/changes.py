"""One-line mutations of a file: each replaces one expression by another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Mutation", "mutations", "text_of", "tree_of", "written"]


class Mutation(NamedTuple):
    """`where` is the function (with its class) that it is in, "" for none; `number` and `variant` find the node
    again (-1: the text itself is found)."""

    file: Path
    line: int
    where: str
    runs: bool
    """Whether it is in a function: what is not runs once, when the file is imported."""
    before: str
    after: str
    number: int
    variant: int


def mutations(file: Path) -> list[Mutation]:
    """Every mutation of one file, in the file's order."""
    found = []
    for number, (node, where, runs) in enumerate(_walk(ast.parse(file.read_text()))):
        for variant, changed in enumerate(_variants(node)):
            before, after = ast.unparse(node), ast.unparse(changed)
            found.append(Mutation(file, node.lineno, where, runs, before, after, number, variant))  # type: ignore[attr-defined]
    return found


def written(file: Path, where: str, before: str, after: str) -> Mutation:
    """A mutation that somebody has written down: a text that is once in the file, and what stands in its place. Raises
    ValueError for one that is not there any longer."""
    text = file.read_text()
    if text.count(before) != 1:
        raise ValueError(f"{file}: {before!r} is there {text.count(before)} times, not once")
    return Mutation(file, text[: text.index(before)].count("\n") + 1, where, True, before, after, -1, 0)


def text_of(mutation: Mutation) -> str:
    """The whole file with the mutation."""
    if mutation.number < 0:
        return mutation.file.read_text().replace(mutation.before, mutation.after)
    return ast.unparse(tree_of(mutation, mutation.file.read_text()))


def tree_of(mutation: Mutation, text: str) -> ast.Module:
    """The same as a tree, of the file's own text; all else is on the line where it was."""
    if mutation.number < 0:
        return ast.parse(text.replace(mutation.before, mutation.after))
    tree = ast.parse(text)
    node = next(node for number, (node, *_) in enumerate(_walk(tree)) if number == mutation.number)
    changed = list(_variants(node))[mutation.variant]
    place = {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
    node.__class__, node.__dict__ = changed.__class__, {**changed.__dict__, **place}
    return ast.fix_missing_locations(tree)


def _walk(node: ast.AST, where: str = "", runs: bool = False) -> Iterator[tuple[ast.AST, str, bool]]:
    """Every node that runs: no annotation (none is evaluated) and nothing that only a type checker reads."""
    yield node, where, runs
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where, runs = f"{where}.{node.name}".lstrip("."), runs or not isinstance(node, ast.ClassDef)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, where, runs)


_SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def _variants(node: ast.AST) -> Iterator[ast.expr]:
    """What can stand in a node's place."""
    match node:
        case ast.Compare(left, [op], right) if type(op) in _SWAPS:
            yield ast.Compare(left, [_SWAPS[type(op)]()], right)
        case ast.BoolOp(op, values):
            for value in values:
                rest = [other for other in values if other is not value]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.BinOp(left, ast.Add() | ast.Sub(), _):
            yield left
