""".dockerignore and COPY patterns. The tables follow moby's patternmatcher tests and Go's filepath.Match."""

from __future__ import annotations

import pytest

from longshore.dockerfile.patterns import Patterns, go_match, has_meta, read_ignore


@pytest.mark.parametrize(
    ("rules", "path", "excluded"),
    [
        ("node_modules", "node_modules/a/b.js", True),
        ("node_modules", "web/node_modules", False),
        ("**/node_modules", "web/node_modules/x", True),
        ("**/node_modules", "node_modules", True),
        ("*.pyc", "a.pyc", True),
        ("*.pyc", "a/b.pyc", False),
        ("**/*.pyc", "a/b/c.pyc", True),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/x/c", False),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/x/y/c", True),
        ("a/**", "a/b", True),
        ("**", "anything/at/all", True),
        ("/dist", "dist/x", True),
        ("./dist/", "dist", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c].txt", "b.txt", True),
        ("[^a-c].txt", "b.txt", False),
        ("a.b", "axb", False),
        ("\\*.md", "*.md", True),
        ("\\*.md", "x.md", False),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README.md\nREADME.md", "README.md", True),
        ("docs\n!docs/keep", "docs/keep", False),
        ("docs\n!docs/keep", "docs/keep/x", False),
        ("docs\n!docs/keep", "docs/other", True),
        ("# a comment\n\n  x  ", "x", True),
        ("a/../b", "b", True),
        (".git", ".gitignore", False),
    ],
)
def test_dockerignore(rules: str, path: str, excluded: bool) -> None:
    assert Patterns(read_ignore(rules)).takes(path) is excluded


def test_an_excluded_directory_that_may_hold_something_is_entered() -> None:
    ignore = Patterns(read_ignore("vendor\n!vendor/keep/x.txt\ndist\n"))
    assert ignore.may_except_below("vendor")
    assert ignore.may_except_below("vendor/keep")
    assert not ignore.may_except_below("dist")
    assert Patterns(read_ignore("*\n!**/*.py\n")).may_except_below("anything")


@pytest.mark.parametrize("text", ["!", "[a", "a\\", "[]"])
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        Patterns(read_ignore(text))


def test_what_is_known_of_the_directory_above_decides_as_the_whole_path_does() -> None:
    ignore = Patterns(read_ignore("*\n!sub/deep\nsub/deep/*.txt\n"))
    above = None
    for path, excluded in (("sub", True), ("sub/deep", False), ("sub/deep/a.txt", True)):
        taken, above = ignore.match(path, above)
        assert taken is ignore.takes(path) is excluded


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "a", True),
        ("*", "a/b", False),
        ("package*.json", "package-lock.json", True),
        ("hom?.txt", "home.txt", True),
        ("a[!b]", "a!", True),
        ("x\\[1]", "x[1]", True),
        ("**", "a/b", False),
        ("[a", "[a", False),
    ],
)
def test_go_match(pattern: str, name: str, fits: bool) -> None:
    assert go_match(pattern, name) is fits


def test_what_is_a_pattern() -> None:
    assert [text for text in ("a", "a*", "a?", "[a", "a\\*", "a\\\\*") if has_meta(text)] == [
        "a*",
        "a?",
        "[a",
        "a\\\\*",
    ]
