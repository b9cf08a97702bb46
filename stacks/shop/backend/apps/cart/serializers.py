from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.cart.models import MOST, Cart, CartLine
from apps.catalogue.models import Product
from apps.catalogue.serializers import ProductSerializer


class CartLineSerializer(serializers.ModelSerializer[CartLine]):
    product = ProductSerializer(read_only=True)
    total = serializers.SerializerMethodField()
    available = serializers.SerializerMethodField(help_text="Whether there are as many as are asked for.")

    class Meta:
        model = CartLine
        fields = ("product", "quantity", "total", "available")

    def get_total(self, line: CartLine) -> str:
        return str(line.product.price * line.quantity)

    def get_available(self, line: CartLine) -> bool:
        return line.product.active and line.product.stock >= line.quantity


class CartSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    lines = CartLineSerializer(many=True)
    count = serializers.IntegerField()
    total = serializers.CharField()


class LineChangeSerializer(serializers.Serializer[Any]):
    product = serializers.PrimaryKeyRelatedField(queryset=Product.objects.on_sale())
    quantity = serializers.IntegerField(min_value=1, max_value=MOST, default=1)


class QuantitySerializer(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(min_value=0, max_value=MOST)


def shown(cart: Cart | None) -> dict[str, Any]:
    """A cart as it is answered; none is as good as an empty one."""
    lines = list(cart.lines.select_related("product__category")) if cart else []
    total = sum((line.product.price * line.quantity for line in lines), Decimal("0.00"))
    count = sum(line.quantity for line in lines)
    return CartSerializer({"id": cart and cart.pk, "lines": lines, "count": count, "total": str(total)}).data
