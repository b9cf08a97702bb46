from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.cart import carts
from apps.cart.models import MOST
from apps.cart.serializers import CartSerializer, LineChangeSerializer, QuantitySerializer, shown
from apps.core.errors import Conflict


@extend_schema(tags=["cart"], responses=CartSerializer)
@method_decorator(never_cache, name="dispatch")
class CartView(APIView):
    def get(self, request: Request) -> Response:
        return Response(shown(carts.find(request)))


@extend_schema(tags=["cart"])
class LinesView(APIView):
    @extend_schema(request=LineChangeSerializer, responses={201: CartSerializer})
    def post(self, request: Request) -> Response:
        """Put pieces of a product into the cart, beside those that are there."""
        form = LineChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        product = form.validated_data["product"]
        cart = carts.find_or_make(request)
        there = cart.lines.filter(product=product).first()
        wanted = (there.quantity if there else 0) + form.validated_data["quantity"]
        if wanted > min(product.stock, MOST):
            raise Conflict(too_many(product.stock, there.quantity if there else 0))
        carts.put(cart, product.pk, wanted)
        return Response(shown(cart), status=status.HTTP_201_CREATED)


def too_many(stock: int, there: int) -> str:
    if stock == 0:
        return "This is sold out."
    if stock >= MOST:
        return f"A cart takes {MOST} pieces of one product."
    pieces = "piece is" if stock == 1 else "pieces are"
    return f"Only {stock} {pieces} left" + (f", and {there} of them in your cart already." if there else ".")


@extend_schema(tags=["cart"])
class LineView(APIView):
    @extend_schema(request=QuantitySerializer, responses=CartSerializer)
    def put(self, request: Request, product_id: int) -> Response:
        """So many of it; 0 takes it out."""
        form = QuantitySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        cart = carts.find(request)
        if cart is not None and cart.lines.filter(product_id=product_id).exists():
            carts.put(cart, product_id, form.validated_data["quantity"])
        return Response(shown(cart))

    @extend_schema(request=None, responses=CartSerializer)
    def delete(self, request: Request, product_id: int) -> Response:
        cart = carts.find(request)
        if cart is not None:
            carts.put(cart, product_id, 0)
        return Response(shown(cart))
