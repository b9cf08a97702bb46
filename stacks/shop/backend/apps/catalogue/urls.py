from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.catalogue import views

router = SimpleRouter()
router.register("products", views.ProductView, basename="product")

reviews = views.ReviewsView.as_view({"get": "list", "post": "create"})

urlpatterns = [
    path("categories/", views.CategoryView.as_view(), name="category-list"),
    path("products/<slug:slug>/reviews/", reviews, name="review-list"),
    path("", include(router.urls)),
]
