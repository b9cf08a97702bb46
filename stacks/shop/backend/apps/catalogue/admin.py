from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html

from apps.catalogue.cached import forget
from apps.catalogue.models import Category, Product, Review
from apps.catalogue.pictures import addresses


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "position")
    list_editable = ("position",)
    prepopulated_fields = {"slug": ("name",)}


class ProductForm(forms.ModelForm):
    """The stock is not typed over, since buyers take from it meanwhile: one says how many came in."""

    came_in = forms.IntegerField(required=False, help_text="Pieces to add to the stock; below zero: to take away.")


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    form = ProductForm
    list_display = ("small", "name", "category", "price", "stock", "active")
    list_display_links = ("name",)
    list_editable = ("price", "active")
    list_filter = ("active", "category")
    list_select_related = ("category",)
    search_fields = ("name", "description")
    prepopulated_fields = {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        return ("stock",) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        stock = ("stock", "came_in") if obj else ("stock",)
        return ("name", "slug", "category", "price", *stock, "active", "picture", "description")

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        came_in = form.cleaned_data.get("came_in")
        if change and came_in:
            if Product.objects.restock(obj.pk, came_in):
                forget()
            else:
                messages.error(request, f"There are fewer than {-came_in} pieces of {obj}; its stock is as it was.")

    @admin.display(description="")
    def small(self, product: Product) -> str:
        found = addresses(product.picture)
        if not found:
            return ""
        return format_html('<img src="{}" alt="" width="40" height="40" style="object-fit:cover">', found["320"])


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ("product", "rating", "user", "created_at")
    list_filter = ("rating",)
    list_select_related = ("product", "user")
    search_fields = ("body", "product__name", "user__email")
