from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import APIException

from apps.orders import ordering
from apps.orders.models import Order, OrderLine


class LineInline(admin.TabularInline):
    model = OrderLine
    fields = readonly_fields = ("name", "quantity", "price")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders are looked at, sent and cancelled here; what was ordered is not rewritten."""

    list_display = ("number", "name", "city", "total", "status", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("=id", "name", "email", "lines__name")
    date_hierarchy = "created_at"
    inlines = (LineInline,)
    fields = ("number", "status", "total", "name", "email", "address", "postcode", "city", "note", "user", "created_at")
    actions = ("ship", "cancel")

    @admin.display(ordering="pk")
    def number(self, order: Order) -> int:
        return order.pk

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Mark as sent", permissions=["change"])
    def ship(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self.each(request, orders, ordering.ship, "sent")

    @admin.action(description="Cancel, and put the pieces back", permissions=["change"])
    def cancel(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self.each(request, orders, ordering.cancel, "cancelled")

    def each(self, request: HttpRequest, orders: QuerySet[Order], do: Any, done: str) -> None:
        numbers = []
        for order in orders.order_by("pk"):
            try:
                numbers.append(do(order).pk)
            except APIException as error:
                messages.error(request, f"{order}: {error.detail}")
        if numbers:
            messages.success(request, f"{done}: {', '.join(map(str, numbers))}")
