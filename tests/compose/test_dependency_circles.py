"""Services that need each other: which circle is named, and where."""

from __future__ import annotations

import pytest

from tests.compose.conftest import Folder


def told(names: list[str]) -> str:
    return f"services depend on each other in a circle: {' → '.join(names)} [remove one depends_on of it]"


@pytest.mark.parametrize(
    ("needs", "place", "circle"),
    [
        ({"a": "b", "b": "c", "c": "b"}, "3:30", ["b", "c", "b"]),
        ({"d": "", "c": "d", "b": "cd", "a": "bc", "z": "ay", "y": "z"}, "7:30", ["y", "z", "y"]),
        ({"b": "a", "a": "cb", "c": ""}, "3:33", ["a", "b", "a"]),
    ],
)
def test_the_first_circle_by_name(folder: Folder, needs: dict[str, str], place: str, circle: list[str]) -> None:
    text = "services:\n" + "".join(
        f"  {one}: {{image: x, depends_on: [{', '.join(other)}]}}\n" for one, other in needs.items()
    )
    assert folder.told(text) == [f"compose.yaml:{place}: {told(circle)}"]


def test_a_long_one_is_named_by_its_ends(folder: Folder) -> None:
    for size in (10, 11, 12):
        names = [f"s{number:02}" for number in range(size)]
        text = "".join(
            f"  {one}: {{image: x, depends_on: [{other}]}}\n"
            for one, other in zip(names, names[1:] + names[:1], strict=True)
        )
        whole = [*names, "s00"]
        shown = whole if len(whole) < 12 else [*whole[:5], "…", *whole[-5:]]
        assert folder.told(f"services:\n{text}") == [f"compose.yaml:2:32: {told(shown)}"]


def test_what_many_need_is_looked_at_once(folder: Folder) -> None:
    """Layers of ten that each need all of the next: there are 10 ** 20 ways through them."""
    layers = [[f"s{layer:02}{number}" for number in range(10)] for layer in range(20)]
    lines = [
        f"  {one}: {{image: x, depends_on: [{', '.join(below)}]}}\n"
        for above, below in zip(layers, [*layers[1:], []], strict=True)
        for one in above
    ]
    assert len(folder.load("services:\n" + "".join(lines)).services) == 200


def test_two_containers_have_two_names(folder: Folder) -> None:
    names = {"a": "nn", "b": "nn", "c": "mm", "d": "mm", "e": "nn"}
    text = "services:\n" + "".join(f"  {one}: {{image: x, container_name: {name}}}\n" for one, name in names.items())
    assert folder.told(text + "  f: {image: x}\n  g: {image: x}\n") == [
        'compose.yaml:3:33: services.b.container_name: "nn" is also the name of a [choose another name]',
        'compose.yaml:5:33: services.d.container_name: "mm" is also the name of c [choose another name]',
        'compose.yaml:6:33: services.e.container_name: "nn" is also the name of a [choose another name]',
    ]
