"""USER against /etc/passwd and /etc/group, by Docker's rules."""

from __future__ import annotations

import pytest

from longshore.native.inside.users import Account, UnknownUser, resolve

PASSWD = "root:x:0:0:root:/root:/bin/sh\nodd:x:6:x::/o:\nbare:x:7:8::\n"
PASSWD += "app:x:1001:1002::/home/app:/bin/sh\nbroken line\n# comment\n"
GROUP = "root:x:0:\napp:x:1002:\nlogs:x:1050:app,root\naudio:x:29:\n"


@pytest.mark.parametrize(
    ("user", "extra", "expected"),
    [
        ("", (), Account(0, 0, (1050,), "/root")),
        ("app", (), Account(1001, 1002, (1050,), "/home/app")),
        ("1001", (), Account(1001, 1002, (1050,), "/home/app")),
        ("app:audio", (), Account(1001, 29, (), "/home/app")),
        ("1001:29", (), Account(1001, 29, (), "/home/app")),
        ("4000", (), Account(4000, 0, (), "/")),
        ("4000:5000", (), Account(4000, 5000, (), "/")),
        ("app", ("audio", "77", "1050"), Account(1001, 1002, (1050, 29, 77), "/home/app")),
        ("bare", (), Account(7, 8, (), "/")),
    ],
)
def test_resolve(user: str, extra: tuple[str, ...], expected: Account) -> None:
    assert resolve(user, extra, PASSWD, GROUP) == expected


@pytest.mark.parametrize("user", ["nobody", "app:nogroup", "-1"])
def test_a_name_that_is_not_there(user: str) -> None:
    with pytest.raises(UnknownUser, match=r"is not in the container's /etc/"):
        resolve(user, (), PASSWD, GROUP)


@pytest.mark.parametrize(
    ("user", "extra"), [("4294967295", ()), ("0:4294967295", ()), ("0", ("2147483648",)), ("high", ())]
)
def test_an_id_that_the_kernel_would_not_take_as_one_is_refused(user: str, extra: tuple[str, ...]) -> None:
    with pytest.raises(UnknownUser, match="in range 0-2147483647"):
        resolve(user, extra, PASSWD + "high:x:4294967295:0::/:/bin/sh\n", GROUP)


def test_without_the_files_only_numbers_are_known() -> None:
    assert resolve("7:8", (), "", "") == Account(7, 8, (), "/")
    assert resolve("", (), "", "") == Account(0, 0, (), "/")
    with pytest.raises(UnknownUser):
        resolve("root", (), "", "")
