"""What follows from a change, by whatever way it was made; always after its transaction is committed."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.projects import summary
from apps.tasks.models import Attachment, Task


@receiver([post_save, post_delete], sender=Task)
def figures_are_stale(instance: Task, **kwargs: Any) -> None:
    summary.forget(instance.project_id)


@receiver(post_delete, sender=Attachment)
def file_goes_with_its_row(instance: Attachment, **kwargs: Any) -> None:
    storage, name = instance.file.storage, instance.file.name
    transaction.on_commit(lambda: storage.delete(name))
