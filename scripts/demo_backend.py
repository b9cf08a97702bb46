"""What the demo of stacks/backend does: a person, a project and a task, made and read back through the API."""

from __future__ import annotations

import secrets

from demo_client import Client, DemoError

API = "/api/v1"
TITLE = "See the demo run"


def check(client: Client) -> str:
    """Returns what was done, in words; DemoError when the API does not give back what it was given."""
    if "swagger-ui" not in client.page(f"{API}/docs/"):
        raise DemoError("the documentation page is not there")
    sign_in(client)
    project = client.post(f"{API}/projects/", {"name": "Demo"})
    made = client.post(f"{API}/tasks/", {"project": project["id"], "title": TITLE, "priority": 3})
    read = client.get(f"{API}/tasks/{made['id']}/")
    if read != made or read["title"] != TITLE:
        raise DemoError(f"task {made['id']} came back changed: {read}")
    return f"created task {made['id']} ({TITLE!r}) through the API and read it back"


def sign_in(client: Client) -> None:
    """As someone new: earlier demos leave their people and projects alone."""
    name, password = f"demo-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    client.post(f"{API}/auth/register/", {"username": name, "email": f"{name}@example.com", "password": password})
    client.token = client.post(f"{API}/auth/login/", {"username": name, "password": password})["token"]
