from typing import Any

from rest_framework import serializers

from apps.catalogue.serializers import PicturesField
from apps.orders.models import Order, OrderLine

DETAILS = ("email", "name", "address", "postcode", "city", "note")


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    slug = serializers.CharField(source="product.slug", read_only=True)
    pictures = serializers.SerializerMethodField()

    class Meta:
        model = OrderLine
        fields = ("name", "slug", "price", "quantity", "pictures")

    def get_pictures(self, line: OrderLine) -> dict[str, str] | None:
        return PicturesField().to_representation(line.product.picture)


class OrderSerializer(serializers.ModelSerializer[Order]):
    number = serializers.IntegerField(source="pk", read_only=True)
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = ("key", "number", "status", "total", "created_at", *DETAILS, "lines")


class CheckoutSerializer(serializers.ModelSerializer[Order]):
    """Which cart (asked twice for one, the answer is one order), where it goes, and the total that the buyer saw: at
    another one nothing is ordered."""

    cart = serializers.UUIDField()
    total = serializers.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        model = Order
        fields = ("cart", *DETAILS, "total")

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name in DETAILS}
