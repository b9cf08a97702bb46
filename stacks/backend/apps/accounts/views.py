from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.filters import SearchFilter
from rest_framework.generics import CreateAPIView, ListAPIView, RetrieveUpdateAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import AccessToken, User
from apps.accounts.serializers import LoginSerializer, MeSerializer, PersonSerializer, RegisterSerializer, TokenSerializer


@extend_schema(tags=["auth"])
class RegisterView(CreateAPIView[User]):
    """Make an account."""

    serializer_class = RegisterSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "register"


@extend_schema(tags=["auth"])
class LoginView(APIView):
    """Exchange name and password for a token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "login"

    @extend_schema(request=LoginSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        login = LoginSerializer(data=request.data, context={"request": request})
        login.is_valid(raise_exception=True)
        user = login.validated_data["user"]
        token, secret = AccessToken.objects.issue(user)
        return Response(TokenSerializer({"token": secret, "expires_at": token.expires_at, "user": user}).data)

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


@extend_schema(tags=["auth"], request=None, responses={204: None})
class LogoutView(APIView):
    """Give up the token that this request shows; with `all`, every token of this person."""

    every_token = False

    def post(self, request: Request) -> Response:
        if self.every_token:
            request.user.access_tokens.all().delete()
        else:
            request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["users"])
class MeView(RetrieveUpdateAPIView[User]):
    """The person whose token this is."""

    serializer_class = MeSerializer
    http_method_names = ("get", "patch", "head", "options")

    def get_object(self) -> Any:
        return self.request.user


@extend_schema(tags=["users"])
class PeopleView(ListAPIView[User]):
    """The people who share a project with you."""

    serializer_class = PersonSerializer
    queryset = User.objects.none()
    filter_backends = (SearchFilter,)
    search_fields = ("username", "first_name", "last_name")

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.filter(memberships__project__members=self.request.user.pk).distinct()
