"""What was bought. An order keeps names and prices as they were; the catalogue may change."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.cart.models import Cart
from apps.catalogue.models import Product


class Status(models.TextChoices):
    PLACED = "placed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class OrderQuerySet(models.QuerySet["Order"]):
    def bought(self, user: Any, product: Product) -> bool:
        """Whether this person has ordered this product, and not taken it back."""
        return self.filter(user=user, lines__product=product).exclude(status=Status.CANCELLED).exists()


class Order(models.Model):
    """`key` is its address: who knows it may see the order, so that a guest has something to come back to."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="order", editable=False)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="orders")
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    postcode = models.CharField(max_length=20)
    city = models.CharField(max_length=100)
    note = models.TextField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLACED)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"order {self.pk}"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_at_least_one"),)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
