""".dockerignore and COPY patterns. The tables follow moby's patternmatcher tests and Go's filepath.Match."""

from __future__ import annotations

import pytest

from longshore.dockerfile.patterns import Ignore, go_match, read_ignore


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
        ("!", "x", False),
        ("a/../b", "b", True),
        (".git", ".gitignore", False),
    ],
)
def test_dockerignore(rules: str, path: str, excluded: bool) -> None:
    assert Ignore(read_ignore(rules)).excludes(path) is excluded


def test_an_excluded_directory_that_may_hold_something_is_entered() -> None:
    ignore = Ignore(read_ignore("vendor\n!vendor/keep/x.txt\ndist\n"))
    assert ignore.may_hold_included("vendor")
    assert ignore.may_hold_included("vendor/keep")
    assert not ignore.may_hold_included("dist")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "a", True),
        ("*", "a/b", False),
        ("package*.json", "package-lock.json", True),
        ("hom?.txt", "home.txt", True),
        ("a[!b]", "a!", True),
        ("x\\[1]", "x[1]", True),
    ],
)
def test_go_match(pattern: str, name: str, fits: bool) -> None:
    assert go_match(pattern, name) is fits
