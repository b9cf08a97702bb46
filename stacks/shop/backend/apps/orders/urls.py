from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.orders.views import OrderView

router = SimpleRouter()
router.register("", OrderView, basename="order")

urlpatterns = [path("", include(router.urls))]
