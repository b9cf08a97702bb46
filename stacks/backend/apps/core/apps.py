from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        from apps.core import schema  # noqa: F401  (registers the description of our token with drf-spectacular)
