"""Every address of the API, under `/api/v1/`."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.core import health

v1 = [
    path("health/", health.ready, name="health"),
    path("health/live/", health.live, name="health-live"),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(authentication_classes=[], permission_classes=[], url_name="schema"), name="docs"),
    path("", include("apps.accounts.urls")),
    path("", include("apps.projects.urls")),
    path("", include("apps.tasks.urls")),
]

urlpatterns = [path("api/v1/", include(v1))]

handler404 = "apps.core.errors.not_found"
handler500 = "apps.core.errors.server_error"
