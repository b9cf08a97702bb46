from typing import Any

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart import carts
from apps.core.errors import Conflict
from apps.orders import ordering
from apps.orders.models import Order
from apps.orders.serializers import CheckoutSerializer, OrderSerializer


@extend_schema(tags=["orders"])
@method_decorator(never_cache, name="dispatch")
class OrderView(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Order]):
    """Orders. The list has one's own; an order's address is known to who made it, guests included."""

    serializer_class = OrderSerializer
    lookup_field = "key"
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> Any:
        return Order.objects.prefetch_related("lines__product")

    def list(self, request: Request) -> Response:
        if not request.user.is_authenticated:
            self.permission_denied(request)
        page = self.paginate_queryset(self.get_queryset().filter(user=request.user))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def get_object(self) -> Order:
        order: Order = super().get_object()
        if order.user is not None and order.user != self.request.user:
            raise Http404
        return order

    @extend_schema(request=CheckoutSerializer, responses={200: OrderSerializer, 201: OrderSerializer})
    def create(self, request: Request) -> Response:
        """Order what lies in the cart. Asked twice, the second answer is the first order (200)."""
        form = CheckoutSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        cart = carts.own(request, form.validated_data["cart"])
        if cart is None:
            raise Conflict("The cart is empty.")
        user = request.user if request.user.is_authenticated else None
        order, is_new = ordering.place(cart, user, form.details(), form.validated_data["total"])
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(self.get_queryset().get(pk=order.pk)).data, status=code)

    @extend_schema(request=None, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, key: str) -> Response:
        """Take it back, as long as it has not been sent."""
        ordering.cancel(self.get_object())
        return Response(self.get_serializer(self.get_object()).data)
