from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        from apps.core import schema  # noqa: F401  (drf-spectacular finds what is loaded)
