from django.urls import path

from apps.cart import views

urlpatterns = [
    path("", views.CartView.as_view(), name="cart"),
    path("lines/", views.LinesView.as_view(), name="cart-lines"),
    path("lines/<int:product_id>/", views.LineView.as_view(), name="cart-line"),
]
