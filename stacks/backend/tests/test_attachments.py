import errno
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.tasks import uploads
from apps.tasks.models import Attachment, Task

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
ZIP = b"PK\x03\x04" + b"\x00" * 32


def send(client: APIClient, task: Task, name: str, content: bytes):  # type: ignore[no-untyped-def]
    file = SimpleUploadedFile(name, content)
    file._name = name  # as a hostile client sends it, before Django looks at it
    return client.post(f"/api/v1/tasks/{task.pk}/attachments/", {"file": file}, format="multipart")


def kept() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_upload_download_and_delete(task: Task, as_ada: APIClient, as_grace: APIClient, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    made = send(as_grace, task, "plan.png", PNG)
    assert made.status_code == 201, made.data
    assert (made.data["name"], made.data["content_type"], made.data["size"]) == ("plan.png", "image/png", len(PNG))
    assert len(kept()) == 1
    assert "plan" not in kept()[0].name

    content = as_ada.get(made.data["content"])
    assert b"".join(content.streaming_content) == PNG
    assert content.headers["Content-Disposition"] == 'attachment; filename="plan.png"'
    assert content.headers["X-Content-Type-Options"] == "nosniff"

    with django_capture_on_commit_callbacks(execute=True):
        assert as_ada.delete(f"/api/v1/attachments/{made.data['id']}/").status_code == 204
    assert kept() == []


def test_files_go_with_their_project(task: Task, as_ada: APIClient, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    send(as_ada, task, "notes.txt", "grüße".encode())
    with django_capture_on_commit_callbacks(execute=True):
        as_ada.delete(f"/api/v1/projects/{task.project_id}/")
    assert kept() == []


def test_strangers_get_nothing(task: Task, as_ada: APIClient, as_stranger: APIClient) -> None:
    made = send(as_ada, task, "plan.png", PNG).data
    assert as_stranger.get(made["content"]).status_code == 404
    assert as_stranger.get(f"/api/v1/attachments/{made['id']}/").status_code == 404
    assert send(as_stranger, task, "plan.png", PNG).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.png", ZIP),
        ("plan.zip", ZIP),
        ("plan.exe", PNG),
        ("plan.txt", b"text\x00binary"),
        ("plan.txt", b"\xff\xfe\xff"),
        ("plan.txt", b"cut in the middle of a letter \xc3"),
        ("page.html", b"<script>alert(1)</script>"),
        ("image.svg", b"<svg onload='alert(1)'/>"),
        ("plan.png", b""),
        ("x" * 220 + ".png", PNG),
    ],
)
def test_what_is_not_what_it_says_is_refused(task: Task, as_ada: APIClient, name: str, content: bytes) -> None:
    before = kept()
    answer = send(as_ada, task, name, content)
    assert answer.status_code == 400
    assert list(answer.data) == ["file"]
    assert kept() == before


def test_a_name_cannot_leave_its_folder(task: Task, as_ada: APIClient) -> None:
    made = send(as_ada, task, "../../etc/passwd.txt", b"hello")
    assert made.data["name"] == "passwd.txt"
    assert Path(settings.MEDIA_ROOT) in kept()[-1].parents


@pytest.mark.parametrize(
    ("given", "kept_as"),
    [
        ("a.txt", "a.txt"),
        ("..\\..\\a.txt", "a.txt"),
        ("/etc/a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("ü.txt", "ü.txt"),
    ],
)
def test_safe_names(given: str, kept_as: str) -> None:
    assert uploads.safe_name(given) == kept_as


@pytest.mark.parametrize("given", ["", ".", "..", "a/..", "\r\n"])
def test_unusable_names(given: str) -> None:
    with pytest.raises(uploads.RefusedError):
        uploads.safe_name(given)


@pytest.mark.parametrize(
    ("head", "found"), [(b"RIFF1234WEBPVP8 ", "image/webp"), (b"RIFF1234WAVE", None), (b"RIFF12", None), (b"%PDF-1.7", "application/pdf")]
)
def test_types_by_content(head: bytes, found: str | None) -> None:
    assert uploads.type_of(head) == found


@pytest.mark.parametrize("extra", [1, uploads.ENVELOPE_BYTES * 2])
def test_too_large_is_refused_while_it_arrives(task: Task, as_ada: APIClient, settings, extra: int) -> None:  # type: ignore[no-untyped-def]
    settings.ATTACHMENT_MAX_BYTES = 100_000
    assert send(as_ada, task, "fits.txt", b"x" * 100_000).status_code == 201
    before = kept()
    assert send(as_ada, task, "large.txt", b"x" * (100_000 + extra)).status_code == 413
    assert kept() == before, "nothing of it stays behind"


def test_a_full_disk_is_said(task: Task, as_ada: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    answer = send(as_ada, task, "plan.png", PNG)
    assert answer.status_code == 507
    assert not Attachment.objects.exists()


def test_a_row_that_cannot_be_written_leaves_no_file(task: Task, as_ada: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept()
    monkeypatch.setattr(uploads, "inspect", lambda file: uploads.Inspected("n.png", "x" * 101, 1, "0"))
    as_ada.raise_request_exception = False
    assert send(as_ada, task, "plan.png", PNG).status_code == 500
    assert kept() == before


def test_lost_content_is_said(task: Task, as_ada: APIClient) -> None:
    made = send(as_ada, task, "plan.png", PNG).data
    Path(Attachment.objects.get().file.path).unlink()
    assert as_ada.get(made["content"]).status_code == 404


def test_large_json_is_refused(as_ada: APIClient) -> None:
    assert as_ada.post("/api/v1/projects/", {"name": "x" * 3_000_000}).status_code == 413
