"""Every address of the back end: the API under `/api/v1/`, and the admin."""

from django.contrib import admin
from django.db import transaction
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.core import health

# The documentation is the same for everyone and needs no database.
open_to_all = {"authentication_classes": [], "permission_classes": []}
schema = transaction.non_atomic_requests(SpectacularAPIView.as_view(**open_to_all))
docs = transaction.non_atomic_requests(SpectacularSwaggerView.as_view(**open_to_all, url_name="schema"))

v1 = [
    path("health/", health.ready, name="health"),
    path("health/live/", health.live, name="health-live"),
    path("schema/", schema, name="schema"),
    path("docs/", docs, name="docs"),
    path("account/", include("apps.accounts.urls")),
    path("", include("apps.catalogue.urls")),
    path("cart/", include("apps.cart.urls")),
    path("orders/", include("apps.orders.urls")),
]

urlpatterns = [path("api/v1/", include(v1)), path("admin/", admin.site.urls)]

handler404 = "apps.core.errors.not_found"
handler500 = "apps.core.errors.server_error"

admin.site.site_header = admin.site.site_title = "Shop"
admin.site.index_title = "Behind the counter"
admin.site.site_url = "/"
