"""Health, outages, migrations, static files, configuration, the admin: what the machinery around the shop relies on."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Product
from apps.core import health
from apps.core.management.commands.prepare import lock, pending, publish
from apps.orders.models import Order, Status
from tests.conftest import PASSWORD, Browser, picture, redis_away

ROOT = Path(__file__).resolve().parent.parent


def test_the_tests_keep_away_from_the_developers_data(settings) -> None:  # type: ignore[no-untyped-def]
    assert settings.SETTINGS_MODULE == "config.settings.test"
    assert {cache["KEY_PREFIX"][:5] for cache in settings.CACHES.values()} == {"test-"}
    assert "shop-tests-" in str(settings.MEDIA_ROOT)


# --- health and outages -----------------------------------------------------------------------------------------------


def test_health_looks_at_postgresql_and_redis(db: None, client: Client) -> None:
    answer = client.get("/api/v1/health/")
    assert answer.status_code == 200
    assert {name: check["status"] for name, check in answer.json()["checks"].items()} == {
        "database": "ok",
        "redis": "ok",
    }


def test_health_names_what_is_away_and_no_secret(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("password of shop@postgres refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    answer = client.get("/api/v1/health/")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"]["error"] == "OperationalError"
    assert "password" not in answer.content.decode()
    assert client.get("/api/v1/health/live/").status_code == 200


def test_while_the_database_is_away(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("apps.catalogue.cached.answer", away)
    answer = visitor.get("/api/v1/products/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_redis_away_signs_nobody_out(as_ada: Browser) -> None:
    with redis_away():
        answer = as_ada.get("/api/v1/account/")
        assert answer.status_code == 503
        assert "sessionid" not in answer.cookies, "the cookie is not taken away"
    assert as_ada.get("/api/v1/account/").data["user"]["name"] == "Ada"


def test_the_documentation_loads_nothing_from_elsewhere(db: None, client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    assert "swagger-ui" in page
    assert "://" not in page.replace("http://www.w3.org", "")
    schema = client.get("/api/v1/schema/").content.decode()
    assert "/api/v1/products/{slug}/reviews/" in schema


# --- migrations and static files --------------------------------------------------------------------------------------


@pytest.fixture
def migrations(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # type: ignore[no-untyped-def]
    """A folder that stands in for the cart's migrations: the real one, and what a test adds."""
    package = tmp_path / "standin"
    package.mkdir()
    (package / "__init__.py").touch()
    real = ROOT / "apps/cart/migrations/0001_initial.py"
    (package / "0001_initial.py").write_text(real.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"cart": "standin"}
    settings.STATIC_ROOT = tmp_path / "static"
    yield package
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS extra")
    MigrationRecorder.Migration.objects.filter(app="cart").exclude(name="0001_initial").delete()


def add(package: Path, name: str, operations: str) -> None:
    (package / f"{name}.py").write_text(
        "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [('cart', '0001_initial')]\n    operations = [{operations}]\n"
    )


CREATE = "migrations.RunSQL('CREATE TABLE extra (id int)', 'DROP TABLE extra')"


@pytest.mark.django_db(transaction=True)
def test_pending_migrations_are_found_and_applied(migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(migrations, "0002_extra", CREATE)
    with pytest.raises(CommandError, match=r"1 pending: cart\.0002_extra"):
        call_command("prepare", check=True)
    call_command("prepare")
    call_command("prepare", check=True)
    assert "migrations: applied" in capsys.readouterr().out
    assert pending() == []
    assert "extra" in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_a_failed_migration_is_clear_and_leaves_the_data_whole(migrations: Path) -> None:
    add(migrations, "0002_bad", f"{CREATE}, migrations.RunSQL('UPDATE extra SET nothing = 1')")
    with pytest.raises(CommandError) as failed:
        call_command("prepare")
    words = str(failed.value)
    assert words.startswith("migration cart.0002_bad failed and was rolled back: the data is as it was before it\n")
    assert 'column "nothing"' in words
    assert "extra" not in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_two_heads_are_found_before_anything_is_applied(migrations: Path) -> None:
    add(migrations, "0002_one", CREATE)
    add(migrations, "0002_two", CREATE)
    with pytest.raises(CommandError, match="cart: 0002_one, 0002_two"):
        call_command("prepare")


@pytest.mark.django_db(transaction=True)
def test_replicas_wait_for_the_one_that_migrates(migrations: Path) -> None:
    add(migrations, "0002_extra", CREATE)
    second = threading.Thread(target=lambda: (call_command("prepare"), connection.close()))
    with lock():
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive(), "it waits for the lock"
        assert "extra" not in connection.introspection.table_names()
    second.join()
    assert pending() == []


def test_no_model_has_changed_without_a_migration(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_static_files_of_earlier_versions_stay(tmp_path: Path) -> None:
    image, shared = tmp_path / "image", tmp_path / "shared"
    (image / "admin").mkdir(parents=True)
    (image / "admin/base.1234.css").write_text("new")
    (shared / "admin").mkdir(parents=True)
    (shared / "admin/base.0000.css").write_text("old")
    publish(image, shared)
    publish(image, shared)
    assert sorted(path.name for path in (shared / "admin").iterdir()) == ["base.0000.css", "base.1234.css"]


# --- configuration ----------------------------------------------------------------------------------------------------

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DATABASE_URL": "postgresql://shop:s%40cret@postgres/shop",
    "PUBLIC_URL": "https://shop.example.com",
}


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True
    )


@pytest.mark.parametrize("url", ["https://shop.example.com", "http://localhost:8080"])
def test_production_passes_the_deployment_check(url: str) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **{**PRODUCTION, "PUBLIC_URL": url})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "PUBLIC_URL"])
def test_production_does_not_start_without(missing: str) -> None:
    done = manage("check", **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr


def test_secrets_may_come_in_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PRODUCTION["SECRET_KEY"] + "\n")
    without = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
    assert manage("check", **without, SECRET_KEY_FILE=str(secret)).returncode == 0
    refused = manage("check", **without, SECRET_KEY_FILE=str(tmp_path / "none"))
    assert "cannot read" in refused.stderr


def test_a_database_url_that_is_none_does_not_show_its_password() -> None:
    done = manage("check", **{**PRODUCTION, "DATABASE_URL": "mysql://shop:hunter2@db/shop"})
    assert "DATABASE_URL is no address" in done.stderr
    assert "hunter2" not in done.stderr


# --- behind the counter -----------------------------------------------------------------------------------------------


@pytest.fixture
def counter(clerk: User) -> Client:
    client = Client()
    assert client.login(username=clerk.email, password=PASSWORD)
    return client


def test_every_page_of_the_admin_opens(counter: Client, visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    order = Order.objects.get(key=visitor.order().data["key"])
    pages = ["", "catalogue/category/", "catalogue/product/", "catalogue/product/add/", "catalogue/review/"]
    pages += [f"catalogue/product/{mug.pk}/change/", "orders/order/", f"orders/order/{order.pk}/change/"]
    pages += ["accounts/user/", "accounts/user/add/", "orders/order/?q=Lovelace"]
    for page in pages:
        assert counter.get(f"/admin/{page}").status_code == 200, page
    assert b"Ada Lovelace" in counter.get("/admin/orders/order/").content


def test_stock_is_added_to_and_not_typed_over(counter: Client, mug: Product) -> None:
    form = {"name": mug.name, "slug": mug.slug, "category": mug.category_id, "price": "14.50", "active": "on"}
    address = f"/admin/catalogue/product/{mug.pk}/change/"
    assert Product.objects.take(mug.pk, 3), "bought while the form was open"
    assert counter.post(address, {**form, "stock": "10", "came_in": "5"}).status_code == 302
    mug.refresh_from_db()
    assert mug.stock == 12
    answer = counter.post(address, {**form, "came_in": "-50"}, follow=True)
    assert b"fewer than 50 pieces" in answer.content
    mug.refresh_from_db()
    assert mug.stock == 12


def test_a_picture_is_uploaded_in_the_admin(counter: Client, mug: Product) -> None:
    form = {"name": mug.name, "slug": mug.slug, "category": mug.category_id, "price": "14.50", "active": "on"}
    address = f"/admin/catalogue/product/{mug.pk}/change/"
    assert counter.post(address, {**form, "picture": picture()}).status_code == 302
    mug.refresh_from_db()
    assert mug.picture.name.endswith("-1280.webp")
    refused = counter.post(address, {**form, "picture": picture(kind="GIF")})
    assert b"no JPEG, PNG or WebP" in refused.content


def test_orders_are_sent_and_cancelled(counter: Client, mug: Product) -> None:
    keys = []
    for _ in range(2):
        buyer = Browser()
        buyer.add(mug, 2)
        keys.append(buyer.order().data["key"])
    first, second = (Order.objects.get(key=key) for key in keys)
    address = "/admin/orders/order/"
    counter.post(address, {"action": "ship", "_selected_action": [first.pk]})
    answer = counter.post(address, {"action": "cancel", "_selected_action": [first.pk, second.pk]}, follow=True)
    assert b"on its way already" in answer.content
    first.refresh_from_db()
    second.refresh_from_db()
    mug.refresh_from_db()
    assert (first.status, second.status, mug.stock) == (Status.SHIPPED, Status.CANCELLED, 8)
