"""What the shop sells, and what people say about it."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, F, Q
from django.utils.text import slugify

from apps.accounts.models import User
from apps.catalogue.pictures import PictureField

LANGUAGE = "english"


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="The order in which categories are shown.")

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self) -> "ProductQuerySet":
        return self.filter(active=True)

    def with_ratings(self) -> "ProductQuerySet":
        return self.annotate(rating=Avg("reviews__rating"), review_count=Count("reviews"))

    def take(self, product_id: int, quantity: int) -> bool:
        """Take pieces from the stock, if there are as many; whether there were.

        Looking and taking are one statement, so that of buyers who come at the same moment none gets what another took.
        """
        enough = Q(pk=product_id, active=True, stock__gte=quantity)
        return self.filter(enough).update(stock=F("stock") - quantity) == 1

    def put_back(self, product_id: int, quantity: int) -> None:
        self.filter(pk=product_id).update(stock=F("stock") + quantity)

    def restock(self, product_id: int, change: int) -> bool:
        """What came in, or (below zero) went otherwise than by a sale; False where there are not as many."""
        return self.filter(pk=product_id, stock__gte=-change).update(stock=F("stock") + change) == 1


class Product(models.Model):
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True, blank=True, help_text="Empty: made from the name.")
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(0)], help_text="In euro.")
    stock = models.PositiveIntegerField(default=0, help_text="Pieces that can be sold.")
    active = models.BooleanField("on sale", default=True)
    picture = PictureField(upload_to="products", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    words = models.GeneratedField(
        expression=SearchVector("name", config=LANGUAGE, weight="A")
        + SearchVector("description", config=LANGUAGE, weight="B"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = (GinIndex(fields=["words"], name="product_words"),)
        constraints = (models.CheckConstraint(condition=Q(stock__gte=0), name="product_stock_never_below_zero"),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **options: object) -> None:
        self.slug = self.slug or free_slug(self.name)
        if not self._state.adding and options.get("update_fields") is None:
            # Buyers take from the stock meanwhile: what was read a moment ago must not be written over it.
            options["update_fields"] = WRITTEN
        super().save(*args, **options)  # type: ignore[arg-type]


WRITTEN = ("category", "name", "slug", "description", "price", "active", "picture")
"""What saving a product that exists writes: everything but its stock, which `take`, `put_back` and `restock` change."""


def free_slug(name: str) -> str:
    """The name as an address, with a number behind it where it is taken."""
    base = slugify(name)[:110] or "product"
    taken = set(Product.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for n in range(len(taken) + 1) if (slug := f"{base}-{n + 1}" if n else base) not in taken)


class Review(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    body = models.TextField(max_length=2000, blank=True)
    picture = PictureField(upload_to="reviews", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("product", "user"), name="review_one_each"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_one_to_five"),
        )

    def __str__(self) -> str:
        return f"{self.rating} for {self.product}"
