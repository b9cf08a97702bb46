"""Whose cart is it? A session keeps the number of its cart, and nothing is made for who only looks."""

from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from rest_framework.request import Request

from apps.accounts.models import User
from apps.cart.models import MOST, Cart, CartLine

KEY = "cart"


def find(request: Request) -> Cart | None:
    """The visitor's open cart, if there is one."""
    user = request.user
    if user.is_authenticated:
        return Cart.objects.filter(user=user, ordered=False).first()
    number = request.session.get(KEY)
    return Cart.objects.filter(pk=number, user=None, ordered=False).first() if number else None


def find_or_make(request: Request) -> Cart:
    user = request.user
    if user.is_authenticated:
        return Cart.objects.get_or_create(user=user, ordered=False)[0]
    cart = find(request)
    if cart is None:
        cart = Cart.objects.create()
        request.session[KEY] = str(cart.pk)
    return cart


def own(request: Request, number: UUID) -> Cart | None:
    """This cart, open or ordered, if it is the visitor's."""
    cart = Cart.objects.filter(pk=number).first()
    if cart is None:
        return None
    if request.user.is_authenticated:
        return cart if cart.user_id == request.user.pk else None
    return cart if cart.user_id is None and request.session.get(KEY) == str(number) else None


def count(request: Request) -> int:
    """Pieces in the visitor's cart."""
    cart = find(request)
    return (cart.lines.aggregate(all=Sum("quantity"))["all"] or 0) if cart else 0


@transaction.atomic
def adopt(request: Request, guest: Cart | None, user: User) -> None:
    """Move what a guest had into the cart of who they turned out to be. Of the same product the larger number counts:
    who signs in twice does not order twice as much."""
    request.session.pop(KEY, None)
    if guest is None:
        return
    cart = Cart.objects.get_or_create(user=user, ordered=False)[0]
    had = {line.product_id: line for line in cart.lines.all()}
    for line in guest.lines.all():
        if line.product_id in had:
            mine = had[line.product_id]
            mine.quantity = max(mine.quantity, line.quantity)
            mine.save(update_fields=["quantity"])
        else:
            CartLine.objects.create(cart=cart, product_id=line.product_id, quantity=line.quantity)
    guest.delete()


def put(cart: Cart, product_id: int, quantity: int) -> None:
    """So many of a product lie in the cart; none: it does not."""
    if quantity <= 0:
        cart.lines.filter(product_id=product_id).delete()
        return
    cart.lines.update_or_create(product_id=product_id, defaults={"quantity": min(quantity, MOST)})
