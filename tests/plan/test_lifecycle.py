"""down, stop, start, restart, rm and kill: the plan as text."""

from __future__ import annotations

from textwrap import dedent

from longshore.model.record import replace
from longshore.model.service import Build, Dependency
from longshore.model.stack import Network, Volume
from longshore.plan import lifecycle
from longshore.plan.lifecycle import DownOptions
from longshore.plan.operation import Plan
from tests.plan.make import data, healthy, observed, running, service, stack

DB = service("db", mounts=data("data"))
APP = service("app", healthy("db"))
WEB = service("web", {"app": Dependency("app", restart=True)})
STACK = stack(DB, APP, WEB)
THERE = observed(running(DB), running(APP), running(WEB), volumes=("data",))


def text(plan: Plan) -> str:
    return "\n".join(" ".join(line.split()) for line in str(plan).splitlines())


def expect(words: str) -> str:
    return dedent(words).strip()


def test_down_stops_dependents_first_and_keeps_volumes() -> None:
    assert text(lifecycle.down(STACK, THERE, DownOptions())) == expect("""
        1 stop web-1
        2 stop app-1 after 1
        3 stop db-1 after 2
        4 remove db-1 after 3
        5 remove app-1 after 2
        6 remove web-1 after 1
        7 remove network demo_default after 4, 5, 6""")


def test_down_v_removes_named_volumes_but_never_external_or_foreign_ones() -> None:
    assert "remove volume demo_data down -v" in text(lifecycle.down(STACK, THERE, DownOptions(volumes=True)))
    outside = stack(DB)
    external = type(outside)(**{f: getattr(outside, f) for f in outside.__record__} | {
        "volumes": {"data": Volume("data", "demo_data", external=True)}
    })  # fmt: skip
    assert "remove volume" not in text(lifecycle.down(external, THERE, DownOptions(volumes=True)))


def test_down_v_of_a_service_removes_its_volumes_but_none_that_another_has() -> None:
    other = service("other", mounts=data("mine"))
    db = running(DB, volumes=("demo_data",))
    there = observed(db, running(other, volumes=("demo_mine",)), volumes=("data", "mine"))
    both = stack(DB, other)
    words = text(lifecycle.down(both, there, DownOptions(services=("db",), volumes=True)))
    assert ("remove volume demo_data" in words, "remove volume demo_mine" in words) == (True, False)
    assert "remove volume" not in text(lifecycle.down(both, there, DownOptions(services=("db",))))
    shared = service("other", mounts=data("data"))
    there = observed(db, running(shared, volumes=("demo_data",)), volumes=("data",))
    plan = lifecycle.down(stack(DB, shared), there, DownOptions(services=("db",), volumes=True))
    assert "remove volume" not in text(plan)


def test_down_without_a_file_takes_all_of_the_project() -> None:
    words = text(lifecycle.down(None, THERE, DownOptions()))
    assert words.count("remove ") == 4
    assert "orphan" not in words
    assert text(lifecycle.down(None, THERE, DownOptions(images="all"))) == words, (
        "no file says which images are its own"
    )


def test_down_removes_what_was_made_though_the_file_names_other_networks_by_now() -> None:
    renamed = replace(STACK, networks={"front": Network("front", "demo_front")})
    unhealthy = replace(running(DB), health="unhealthy")
    there = observed(unhealthy, running(APP), running(WEB), volumes=("data",))
    assert text(lifecycle.down(renamed, there, DownOptions())).endswith("remove network demo_default after 4, 5, 6")


def test_down_leaves_orphans_and_their_network() -> None:
    there = observed(running(DB), running(service("old")), volumes=("data",))
    words = text(lifecycle.down(stack(DB), there, DownOptions()))
    assert "remove network" not in words
    assert "orphan containers: demo-old-1 (remove them with --remove-orphans)" in words
    assert "remove old-1" in text(lifecycle.down(stack(DB), there, DownOptions(remove_orphans=True)))


def test_down_of_one_service_keeps_the_network() -> None:
    words = text(lifecycle.down(STACK, THERE, DownOptions(services=("web",))))
    assert words == "1 stop web-1\n2 remove web-1 after 1"


def test_stop_and_start_follow_the_graph() -> None:
    assert text(lifecycle.stop(STACK, THERE, None)).splitlines()[-1] == "3 stop db-1 after 2"
    there = observed(running(DB, state="exited"), running(APP, state="exited"))
    assert text(lifecycle.start(STACK, there, None)) == expect("""
        1 start db-1 not running
        2 start app-1 not running; after 1, db healthy""")


def test_restart_takes_those_with_restart_true_along() -> None:
    assert text(lifecycle.restart(STACK, THERE, ("app",))) == "1 restart app-1\n2 restart web-1 after 1"
    assert text(lifecycle.restart(STACK, THERE, ("app",), no_deps=True)) == "1 restart app-1"
    assert text(lifecycle.restart(STACK, THERE, ("db",))) == "1 restart db-1"


def test_rm_takes_stopped_containers_only_unless_told() -> None:
    there = observed(running(DB), running(APP, state="exited"))
    assert text(lifecycle.remove(there, None)) == "1 remove app-1"
    assert text(lifecycle.remove(there, None, stop_first=True)) == "1 stop db-1\n2 remove db-1 after 1\n3 remove app-1"


def test_kill_takes_what_runs() -> None:
    assert text(lifecycle.kill(observed(running(DB), running(APP, state="exited")), None)) == "1 kill db-1"
    once = replace(running(DB), id="once", name="shop-db-run-1", oneoff=True)
    assert text(lifecycle.kill(observed(running(DB), once), ["db"])) == "1 kill db-1\n2 kill shop-db-run-1"
    assert text(lifecycle.stop(None, observed(running(DB), once), ["db"])) == "1 stop db-1", "only kill takes one-offs"


def test_down_removes_images_once_and_after_the_containers() -> None:
    one, two = (replace(APP, name=name, image="", build=Build("/x")) for name in ("one", "two"))
    named, same = replace(one, name="named", image="n:1"), replace(two, name="same", image="n:1")
    there, all_four = observed(running(one)), stack(one, two, named, same)
    words = text(lifecycle.down(all_four, there, DownOptions(images="local")))
    assert words == expect("""
        1 stop one-1
        2 remove one-1 after 1
        3 remove image demo-one --rmi local; after 2
        4 remove image demo-two --rmi local; after 2
        5 remove network demo_default after 2""")
    lines = text(lifecycle.down(all_four, there, DownOptions(images="all"))).splitlines()
    assert [line.split()[3] for line in lines if "remove image" in line] == ["demo-one", "demo-two", "n:1"]
    assert "remove image demo-two" in text(lifecycle.down(all_four, there, DownOptions(("two",), images="all")))


def test_down_v_leaves_the_volumes_of_other_projects_and_external_ones() -> None:
    theirs = replace(THERE.volumes[0], name="theirs", project="theirs")
    outside = replace(THERE.volumes[0], name="outside", project="demo")
    wanted = replace(STACK, volumes={**STACK.volumes, "outside": Volume("outside", "outside", external=True)})
    there = replace(THERE, volumes=(*THERE.volumes, theirs, outside))
    plan = lifecycle.down(wanted, there, DownOptions(volumes=True))
    removed = [operation.target for operation in plan.operations if operation.kind == "remove volume"]
    assert removed == [THERE.volumes[0].name]


def test_without_names_what_a_profile_leaves_out_stays() -> None:
    some = stack(APP, disabled=(DB,))
    names = tuple(some.services)
    there = observed(running(APP), running(DB), volumes=("data",))
    assert text(lifecycle.stop(some, there, names)) == "1 stop app-1"
    assert text(lifecycle.remove(there, names, stop_first=True)) == "1 stop app-1\n2 remove app-1 after 1"
    assert text(lifecycle.stop(some, there, ())) == "", "no service at all is not every service"
    words = text(lifecycle.down(some, there, DownOptions(volumes=True, remove_orphans=True)))
    assert words == expect("""
        1 stop app-1
        2 remove app-1 after 1
        left as they are, for no profile of theirs is enabled: demo-db-1 (--profile enables one)""")


def test_down_leaves_one_offs_that_it_was_not_asked_for() -> None:
    ran = replace(running(APP), name="demo-app-run-1", id="r", oneoff=True)
    there = observed(running(APP), ran, volumes=())
    words = text(lifecycle.down(stack(APP), there, DownOptions()))
    assert "demo-app-run-1" not in words.splitlines()[0]
    assert "remove network" not in words
    assert "orphan containers: demo-app-run-1" in words
    ended = replace(there, containers=(running(APP), replace(ran, state="exited")))
    assert "remove network demo_default" in text(lifecycle.down(stack(APP), ended, DownOptions()))
    assert "remove demo-app-run-1" in text(lifecycle.down(stack(APP), there, DownOptions(remove_orphans=True)))


def test_down_v_leaves_the_volumes_of_other_files() -> None:
    other = replace(THERE.volumes[0], name="demo_other")
    there = replace(THERE, volumes=(*THERE.volumes, other))
    assert "demo_other" not in text(lifecycle.down(STACK, there, DownOptions(volumes=True)))
    assert "demo_other" in text(lifecycle.down(None, there, DownOptions(volumes=True)))


def test_down_leaves_an_external_network() -> None:
    outside = replace(STACK, networks={"default": Network("default", "demo_default", external=True)})
    assert "remove network" not in text(lifecycle.down(outside, THERE, DownOptions()))


def test_down_v_takes_nothing_of_another_project_though_it_has_the_name() -> None:
    theirs = replace(THERE, volumes=(replace(THERE.volumes[0], project="theirs"),))
    assert "remove volume" not in text(lifecycle.down(STACK, theirs, DownOptions(volumes=True)))
