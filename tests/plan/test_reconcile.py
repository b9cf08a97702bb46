"""`up`: the plan as text, case by case."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from longshore.model.record import replace
from longshore.model.service import Dependency, Mount
from longshore.model.stack import Volume
from longshore.plan.reconcile import UpOptions, reconcile
from longshore.state.hashes import service_hash
from longshore.state.observed import Observed
from tests.plan.make import data, healthy, observed, running, service, stack

DB = service("db", mounts=data("data"))
BACKEND = service("backend", healthy("db"), raw={"image": "backend:1", "environment": {"DEBUG": "0"}})
BACKEND_NEW = service("backend", healthy("db"), raw={"image": "backend:1", "environment": {"DEBUG": "1", "NEW": "x"}})
NGINX = service("nginx", {"backend": Dependency("backend", "service_healthy", restart=True)})
EMPTY = Observed("demo")


def plan(wanted: Any, there: Observed, **options: Any) -> str:
    text = str(reconcile(wanted, there, UpOptions(**options)))
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def expect(text: str) -> str:
    return dedent(text).strip()


def test_nothing_there() -> None:
    assert plan(stack(DB, BACKEND), EMPTY) == expect("""
        1 create network demo_default no network
        2 create volume demo_data no volume
        3 create db-1 no container; after 1, 2
        4 create backend-1 no container; after 1
        5 start db-1 after 3
        6 start backend-1 after 4, 5, db healthy""")


def test_all_running_changes_nothing() -> None:
    there = observed(running(DB), running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND), there) == "db, backend: up to date"


def test_a_changed_environment_names_its_key() -> None:
    there = observed(running(DB), running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND_NEW), there) == expect("""
        1 create backend-1 environment DEBUG changed, environment NEW added
        2 stop backend-1 after 1
        3 replace backend-1 after 2
        4 start backend-1 after 3, db healthy
        db: up to date""")


def test_a_dependency_with_restart_true_restarts_its_dependent() -> None:
    there = observed(running(DB), running(BACKEND), running(NGINX), volumes=("data",))
    assert plan(stack(DB, BACKEND_NEW, NGINX), there) == expect("""
        1 create backend-1 environment DEBUG changed, environment NEW added
        2 stop backend-1 after 1
        3 replace backend-1 after 2
        4 start backend-1 after 3, db healthy
        5 restart nginx-1 its dependency backend is recreated (restart: true); after 4, backend healthy
        db: up to date""")


def test_dependents_are_recreated_when_asked() -> None:
    old = service("db", mounts=data("data"), raw={"image": "db:0"})
    there = observed(running(old), running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND), there, recreate_dependents=True) == expect("""
        1 create db-1 image changed
        2 stop db-1 after 1
        3 replace db-1 after 2
        4 create backend-1 its dependency db is recreated
        5 stop backend-1 after 4
        6 replace backend-1 after 5
        7 start db-1 after 3
        8 start backend-1 after 6, 7, db healthy""")
    assert "backend: up to date" in plan(stack(DB, BACKEND), there)


def test_a_dependent_that_is_restarted_is_not_recreated_too() -> None:
    old = service("db", mounts=data("data"), raw={"image": "db:0"})
    restarted = service("web", {"db": Dependency("db", restart=True)})
    there = observed(running(old), running(restarted), volumes=("data",))
    words = plan(stack(DB, restarted), there, recreate_dependents=True)
    assert "restart web-1" in words
    assert "create web-1" not in words


def test_sharing_a_network_namespace_always_follows() -> None:
    old = service("db", raw={"image": "db:0"})
    sidecar = service("sidecar", network_mode="service:db")
    text = plan(stack(service("db"), sidecar), observed(running(old), running(sidecar)))
    assert "create sidecar-1 shares a namespace with db, which is recreated" in text


def test_a_new_image_recreates() -> None:
    there = observed(running(DB, image_id="old"), volumes=("data",))
    assert "create db-1 image changed" in plan(stack(DB), there, images={"db": "new"})
    assert plan(stack(DB), there, images={"db": "old"}) == "db: up to date"


def test_a_stopped_container_is_started() -> None:
    there = observed(running(DB, state="exited"), running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND), there) == expect("""
        1 start db-1 not running
        2 wait backend it runs already; after 1, db healthy
        backend: up to date""")


def test_scale_up_and_down() -> None:
    one = service("web", scale=3)
    there = observed(running(one, 1), running(one, 3))
    assert plan(stack(one), there) == expect("""
        1 create web-2 scaled up to 3
        2 start web-2 after 1""")
    assert plan(stack(one), there, scale={"web": 1}) == expect("""
        1 stop web-3 scaled down to 1
        2 remove web-3 after 1""")


def test_orphans_are_told_or_removed() -> None:
    old, off = service("old"), service("off")
    there = observed(running(DB), running(old), running(off), volumes=("data",))
    wanted = stack(DB, disabled=(off,))
    assert plan(wanted, there).endswith("orphan containers: demo-old-1 (remove them with --remove-orphans)")
    assert plan(wanted, there, ignore_orphans=True) == "db: up to date"
    assert plan(wanted, there, remove_orphans=True) == expect("""
        1 stop old-1 not in the Compose file
        2 remove old-1 after 1
        db: up to date""")


def test_selected_services_bring_their_dependencies() -> None:
    text = plan(stack(DB, BACKEND, service("other")), EMPTY, services=("backend",))
    assert "start db-1" in text
    assert "other" not in text
    alone = plan(stack(DB, BACKEND), EMPTY, services=("backend",), no_deps=True)
    assert "db-1" not in alone
    assert "db healthy" not in alone


def test_force_and_no_recreate() -> None:
    there = observed(running(DB), running(BACKEND), volumes=("data",))
    assert "create db-1 forced" in plan(stack(DB, BACKEND), there, force_recreate=True)
    only = plan(stack(DB, BACKEND), there, force_recreate=True, services=("backend",))
    assert "db: up to date" in only
    assert plan(stack(DB, BACKEND_NEW), there, no_recreate=True) == "db, backend: up to date"


def test_what_runs_on_waits_for_dependencies_that_are_not_ready() -> None:
    """depends_on is no reason to recreate; Docker Compose waits for it all the same before `up` returns."""
    new = observed(running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND), new) == expect("""
        1 create db-1 no container
        2 start db-1 after 1
        3 wait backend it runs already; after 2, db healthy
        backend: up to date""")
    starting = observed(running(DB, health="starting"), running(BACKEND), volumes=("data",))
    assert plan(stack(DB, BACKEND), starting) == expect("""
        1 wait backend it runs already; after db healthy
        db, backend: up to date""")
    assert plan(stack(DB, BACKEND), starting, no_deps=True) == "db, backend: up to date"
    assert plan(stack(DB, BACKEND), starting, start=False) == "db, backend: up to date"


def test_what_runs_on_waits_for_a_job_to_end() -> None:
    job = service("job")
    app = service("app", {"job": Dependency("job", "service_completed_successfully")})
    there = observed(running(job, state="exited"), running(app))
    assert plan(stack(job, app), there) == expect("""
        1 start job-1 not running
        2 wait app it runs already; after 1, job completed
        app: up to date""")


def test_create_without_start() -> None:
    assert "start" not in plan(stack(DB), EMPTY, start=False)


def test_an_optional_dependency_is_a_gate_and_no_more() -> None:
    text = plan(stack(DB, service("app", healthy("db", required=False))), EMPTY)
    assert "start app-1 after 4, db healthy" in text


def test_unreadable_fingerprint_still_gives_a_cause() -> None:
    there = observed(running(DB, config_hash="else", labels={}), volumes=("data",))
    assert "create db-1 configuration changed" in plan(stack(DB), there)


def test_a_hash_with_the_other_containers_id_is_the_same_service() -> None:
    """Docker Compose hashes `network_mode: service:db` after the container's id took its place."""
    raw = {"image": "sidecar:1", "network_mode": "service:db"}
    sidecar = service("sidecar", network_mode="service:db", raw=raw)
    other = running(sidecar, config_hash=service_hash(sidecar, {"network_mode": "container:demo-db-1"}))
    there = observed(running(DB), other, volumes=("data",))
    assert plan(stack(DB, sidecar), there) == "db, sidecar: up to date"
    of_another = replace(other, config_hash=service_hash(sidecar, {"network_mode": "container:another"}))
    assert "create sidecar-1" in plan(stack(DB, sidecar), observed(running(DB), of_another, volumes=("data",)))


def test_a_volume_is_made_for_who_mounts_it_as_one() -> None:
    """An image may be called as a volume is; one that is nobody's, or that is there or another's, is not made."""
    web = service("web", mounts=(Mount("image", "/x", "data"),))
    made = replace(stack(web), volumes={"data": Volume("data", "demo_data")})
    assert "create volume" not in plan(made, observed())
    web = service("web", mounts=(Mount("volume", "/x", "data"), Mount("volume", "/y")))
    made = replace(made, services={"web": web})
    assert plan(made, observed()).count("create volume") == 1
    assert "create volume" not in plan(made, observed(volumes=("data",)))
    external = replace(made, volumes={"data": Volume("data", "data", external=True)})
    assert "create volume" not in plan(external, observed())
