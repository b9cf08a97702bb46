from django.contrib.auth import login, logout
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.serializers import LoginSerializer, PersonSerializer, RegisterSerializer, VisitSerializer
from apps.cart import carts


def visit(request: Request) -> Response:
    user = request.user if request.user.is_authenticated else None
    return Response(VisitSerializer({"user": user, "cart_count": carts.count(request)}).data)


def welcome(request: Request, user: User) -> None:
    """Sign in. What the guest had in the cart is now this person's, beside what they had left there before."""
    guest = carts.find(request)
    login(request._request, user)
    request.user = user
    carts.adopt(request, guest, user)


@extend_schema(tags=["account"])
@method_decorator(never_cache, name="dispatch")
class AccountView(APIView):
    """Who one is. Asking sets the cookie `csrftoken`, which every change has to show as the header `X-CSRFToken`."""

    @extend_schema(responses=VisitSerializer)
    @method_decorator(ensure_csrf_cookie)
    def get(self, request: Request) -> Response:
        return visit(request)

    @extend_schema(request=PersonSerializer, responses=PersonSerializer)
    def patch(self, request: Request) -> Response:
        if not request.user.is_authenticated:
            self.permission_denied(request)
        changed = PersonSerializer(request.user, data=request.data, partial=True)
        changed.is_valid(raise_exception=True)
        changed.save()
        return Response(changed.data)


@extend_schema(tags=["account"], request=RegisterSerializer, responses={201: VisitSerializer})
class RegisterView(APIView):
    """Make an account, and be signed in."""

    throttle_scope = "register"

    def post(self, request: Request) -> Response:
        form = RegisterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = form.save()
        user.backend = "django.contrib.auth.backends.ModelBackend"
        welcome(request, user)
        answer = visit(request)
        answer.status_code = status.HTTP_201_CREATED
        return answer


@extend_schema(tags=["account"], request=LoginSerializer, responses=VisitSerializer)
class LoginView(APIView):
    throttle_scope = "login"

    def post(self, request: Request) -> Response:
        form = LoginSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        welcome(request, form.validated_data["user"])
        return visit(request)


@extend_schema(tags=["account"], request=None, responses={204: None})
class LogoutView(APIView):
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)
