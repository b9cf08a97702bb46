from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalogue.models import Category, Product, Review
from apps.catalogue.pictures import addresses
from apps.catalogue.pictures import validate as a_picture

SORTS = {
    "newest": ("-created_at", "-pk"),
    "price": ("price", "pk"),
    "-price": ("-price", "-pk"),
    "name": ("name", "pk"),
}


class CategorySerializer(serializers.ModelSerializer[Category]):
    product_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Category
        fields = ("name", "slug", "product_count")


@extend_schema_field({"type": "object", "nullable": True, "additionalProperties": {"type": "string"}})
class PicturesField(serializers.Field):
    """The addresses of a picture's sizes by width, or null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="picture", **options)

    def to_representation(self, value: Any) -> dict[str, str] | None:
        return addresses(value)


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product as lists show it."""

    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    pictures = PicturesField()
    rating = serializers.FloatField(read_only=True, default=None)
    review_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Product
        fields = ("id", "name", "slug", "category", "price", "stock", "pictures", "rating", "review_count")


class ProductPageSerializer(ProductSerializer):
    """A product as its own page shows it, and as staff writes it."""

    category_name = serializers.CharField(source="category.name", read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "category_name", "description", "active")
        extra_kwargs = {"slug": {"required": False}, "active": {"write_only": True}}

    def validate_stock(self, value: int) -> int:
        if self.instance is not None:
            raise serializers.ValidationError("The stock of a product that exists is changed by its address stock/.")
        return value


class StockSerializer(serializers.Serializer[Any]):
    change = serializers.IntegerField(min_value=-1_000_000, max_value=1_000_000, help_text="Pieces that came in.")


class PictureUploadSerializer(serializers.Serializer[Any]):
    picture = serializers.FileField(validators=[a_picture])


class ReviewSerializer(serializers.ModelSerializer[Review]):
    author = serializers.SerializerMethodField()
    pictures = PicturesField()
    picture = serializers.FileField(write_only=True, required=False, validators=[a_picture])

    class Meta:
        model = Review
        fields = ("id", "rating", "body", "author", "created_at", "pictures", "picture")

    def get_author(self, review: Review) -> str:
        """Never the address."""
        return review.user.name or "A customer"


class ListingSerializer(serializers.Serializer[Any]):
    """How the catalogue is to be listed: the query of its address."""

    search = serializers.CharField(max_length=200, required=False, allow_blank=True)
    category = serializers.SlugField(required=False)
    sort = serializers.ChoiceField(choices=tuple(SORTS), required=False)
    in_stock = serializers.BooleanField(required=False, default=False)
    min_price = serializers.DecimalField(max_digits=8, decimal_places=2, required=False)
    max_price = serializers.DecimalField(max_digits=8, decimal_places=2, required=False)
