from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, permissions, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalogue import cached
from apps.catalogue.models import Category, Product, ProductQuerySet, Review
from apps.catalogue.search import search
from apps.catalogue.serializers import (
    SORTS,
    CategorySerializer,
    ListingSerializer,
    PictureUploadSerializer,
    ProductPageSerializer,
    ProductSerializer,
    ReviewSerializer,
    StockSerializer,
)
from apps.core.errors import Conflict
from apps.orders.models import Order


class StaffWrites(permissions.BasePermission):
    """Everyone looks, staff changes."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in permissions.SAFE_METHODS or bool(request.user and request.user.is_staff)


class Kept:
    """A view whose GETs are the same for everyone: they need no session, and are kept in Redis."""

    def get_authenticators(self) -> list[Any]:
        is_read = self.request is not None and self.request.method in permissions.SAFE_METHODS
        return [] if is_read else super().get_authenticators()  # type: ignore[misc]

    def kept(self, request: Request, make: Any) -> Response:
        data, hit = cached.answer(request.get_full_path(), make)
        return Response(data, headers={"X-Cache": "hit" if hit else "miss"})


@extend_schema(tags=["catalogue"])
class CategoryView(Kept, ListAPIView[Category]):
    """The categories, each with the number of products in it."""

    serializer_class = CategorySerializer
    pagination_class = None
    # What is grouped has no order by itself: the model's own does not count then.
    queryset = Category.objects.annotate(product_count=Count("products", filter=Q(products__active=True))).order_by(
        "position", "name"
    )

    def get(self, request: Request, *args: Any, **options: Any) -> Response:
        return self.kept(request, lambda: self.list(request).data)


@extend_schema(tags=["catalogue"])
@extend_schema_view(list=extend_schema(parameters=[ListingSerializer]))
class ProductView(
    Kept,
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Product],
):
    """The catalogue. Staff writes to it."""

    lookup_field = "slug"
    permission_classes = (StaffWrites,)
    http_method_names = ("get", "post", "put", "patch", "head", "options")

    def get_serializer_class(self) -> type[ProductSerializer]:
        return ProductSerializer if self.action == "list" else ProductPageSerializer

    def get_queryset(self) -> ProductQuerySet:
        products = Product.objects.select_related("category").with_ratings()
        return products.on_sale() if self.request.method in permissions.SAFE_METHODS else products

    def filter_queryset(self, products: Any) -> Any:
        if self.action != "list":
            return products
        asked = ListingSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return listed(products, asked.validated_data)

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        return self.kept(request, lambda: super(ProductView, self).list(request).data)

    def retrieve(self, request: Request, *args: Any, **options: Any) -> Response:
        return self.kept(request, lambda: super(ProductView, self).retrieve(request).data)

    @extend_schema(request={"multipart/form-data": PictureUploadSerializer}, responses=ProductPageSerializer)
    @action(detail=True, methods=["put"], parser_classes=[MultiPartParser])
    def picture(self, request: Request, slug: str) -> Response:
        """Give the product another picture."""
        product = self.get_object()
        product.picture = uploaded(request)
        product.save(update_fields=["picture"])
        return Response(self.get_serializer(product).data)

    @extend_schema(request=StockSerializer, responses=ProductPageSerializer)
    @action(detail=True, methods=["post"])
    def stock(self, request: Request, slug: str) -> Response:
        """Say that pieces came in or, below zero, that some are gone."""
        form = StockSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        product = self.get_object()
        if not Product.objects.restock(product.pk, form.validated_data["change"]):
            raise Conflict("There are not as many.")
        cached.forget()
        return Response(self.get_serializer(self.get_object()).data)


def uploaded(request: Request) -> UploadedFile:
    form = PictureUploadSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data["picture"]


def listed(products: ProductQuerySet, asked: dict[str, Any]) -> ProductQuerySet:
    """The products that are asked for, in the order that is asked for; a search without one: the best match first."""
    wanted = Q()
    if category := asked.get("category"):
        wanted &= Q(category__slug=category)
    if asked["in_stock"]:
        wanted &= Q(stock__gt=0)
    if (least := asked.get("min_price")) is not None:
        wanted &= Q(price__gte=least)
    if (most := asked.get("max_price")) is not None:
        wanted &= Q(price__lte=most)
    products = products.filter(wanted)
    if text := asked.get("search", "").strip():
        products = search(products, text)
        return products.order_by(*SORTS[asked["sort"]]) if "sort" in asked else products
    return products.order_by(*SORTS[asked.get("sort", "newest")])


@extend_schema(tags=["catalogue"])
class ReviewsView(mixins.ListModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Review]):
    """What people say about a product. Who bought it may say something, once."""

    serializer_class = ReviewSerializer
    permission_classes = (permissions.IsAuthenticatedOrReadOnly,)
    parser_classes = (MultiPartParser, JSONParser)
    queryset = Review.objects.none()

    def product(self) -> Product:
        return get_object_or_404(Product.objects.on_sale(), slug=self.kwargs["slug"])

    def get_queryset(self) -> Any:
        return Review.objects.filter(product=self.product()).select_related("user")

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        answer = super().list(request, *args, **options)
        answer.data["may_review"] = request.user.is_authenticated and refusal(self.product(), request.user) is None
        return answer

    def perform_create(self, serializer: Any) -> None:
        product, user = self.product(), self.request.user
        if refused := refusal(product, user):
            raise refused
        serializer.save(product=product, user=user)


def refusal(product: Product, user: Any) -> APIException | None:
    """Why this person may say nothing about this product, if they may not."""
    if not Order.objects.bought(user, product):
        return PermissionDenied("Only who ordered it can review it.")
    if Review.objects.filter(product=product, user=user).exists():
        return Conflict("You have reviewed this already.")
    return None
