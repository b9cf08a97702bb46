"""What somebody means to buy. A cart takes nothing from the stock: who orders first gets it."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.catalogue.models import Product

MOST = 99
"""Pieces of one product in one cart."""


class Cart(models.Model):
    """A guest's is known by their session; an open one of somebody with an account is found again after signing in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="carts")
    created_at = models.DateTimeField(auto_now_add=True)
    ordered = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user",), condition=Q(ordered=False), name="cart_one_open_each"),
        )

    def __str__(self) -> str:
        return f"cart of {self.user or 'a guest'}"


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST)])

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("cart", "product"), name="cart_one_line_each"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST)), name="cart_line_one_to_most"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
