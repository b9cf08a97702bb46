"""From a cart to an order, and back.

What must not happen: stock below zero, one cart ordered twice, pieces put back twice.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import APIException

from apps.accounts.models import User
from apps.cart.models import Cart, CartLine
from apps.catalogue import cached
from apps.catalogue.models import Product
from apps.core.errors import Conflict
from apps.orders.models import Order, OrderLine, Status


class NotEnough(APIException):
    """Names every line that cannot be had, with what is left of it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_enough"

    def __init__(self, lines: list[CartLine]) -> None:
        left = dict(Product.objects.filter(pk__in=[line.product_id for line in lines]).values_list("pk", "stock"))
        said = [_said(line, left) for line in lines]
        self.detail = {"detail": " ".join(said), "products": [line.product_id for line in lines]}


def _said(line: CartLine, left: dict[int, int]) -> str:
    stock = left.get(line.product_id, 0) if line.product.active else 0
    return f"{line.product.name}: only {stock} left." if stock else f"{line.product.name} is sold out."


@transaction.atomic
def place(cart: Cart, user: User | None, details: dict[str, Any], expected: Decimal) -> tuple[Order, bool]:
    """The order that this cart becomes, and whether it was made just now: asked twice (a button pressed twice, a
    request repeated) it is the same one. All of the cart is had, or nothing.

    Buyers never wait in a circle: everyone takes a cart of their own, then products in the order of their numbers.
    """
    locked = Cart.objects.select_for_update().get(pk=cart.pk)
    if locked.ordered:
        return Order.objects.get(cart=locked), False
    lines = list(locked.lines.select_related("product").order_by("product_id"))
    if not lines:
        raise Conflict("The cart is empty.")
    missing = [line for line in lines if not Product.objects.take(line.product_id, line.quantity)]
    if missing:
        raise NotEnough(missing)
    # Read again: the price counts that holds now that the product is ours.
    for line in lines:
        line.product.refresh_from_db(fields=["price", "name"])
    total = sum((line.product.price * line.quantity for line in lines), Decimal("0.00"))
    if total != expected:
        raise Conflict(f"A price has changed meanwhile: the total is now {total}.")
    order = Order.objects.create(cart=locked, user=user, total=total, **details)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=it.product, name=it.product.name, price=it.product.price, quantity=it.quantity)
        for it in lines
    )
    locked.ordered = True
    locked.save(update_fields=["ordered"])
    cached.forget()
    return order, True


@transaction.atomic
def cancel(order: Order) -> Order:
    """Take an order back; its pieces can be sold again. One that is on its way cannot be taken back."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status == Status.SHIPPED:
        raise Conflict("This order is on its way already.")
    if locked.status == Status.PLACED:
        for line in locked.lines.order_by("product_id"):
            Product.objects.put_back(line.product_id, line.quantity)
        locked.status = Status.CANCELLED
        locked.save(update_fields=["status"])
        cached.forget()
    return locked


@transaction.atomic
def ship(order: Order) -> Order:
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status == Status.CANCELLED:
        raise Conflict("This order was cancelled.")
    locked.status = Status.SHIPPED
    locked.save(update_fields=["status"])
    return locked
