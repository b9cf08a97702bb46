from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class CatalogueConfig(AppConfig):
    name = "apps.catalogue"

    def ready(self) -> None:
        """Whoever changes the catalogue, the admin included, makes its kept answers forgotten."""
        from apps.catalogue.cached import forget
        from apps.catalogue.models import Category, Product, Review

        def changed(**_: Any) -> None:
            forget()

        for model in (Category, Product, Review):
            for signal in (post_save, post_delete):
                signal.connect(changed, sender=model, weak=False, dispatch_uid=f"forget {model.__name__}")
