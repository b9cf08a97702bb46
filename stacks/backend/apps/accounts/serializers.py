from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as PasswordRefused
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed

from apps.accounts.models import User


class PersonSerializer(serializers.ModelSerializer[User]):
    """What others see of a person."""

    class Meta:
        model = User
        fields = ("id", "username", "first_name", "last_name")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username", "email", "first_name", "last_name", "date_joined")
        read_only_fields = ("id", "username", "date_joined")

    def validate_email(self, value: str) -> str:
        taken = User.objects.filter(email__iexact=value)
        if self.instance:
            taken = taken.exclude(pk=self.instance.pk)
        if taken.exists():
            raise serializers.ValidationError("Someone else uses this address.")
        return value


class RegisterSerializer(MeSerializer):
    password = serializers.CharField(write_only=True, max_length=128, trim_whitespace=False, style={"input_type": "password"})

    class Meta(MeSerializer.Meta):
        fields = (*MeSerializer.Meta.fields, "password")
        read_only_fields = ("id", "date_joined")

    def validate_username(self, value: str) -> str:
        if User.objects.filter(username__iexact=value).exists():
            raise serializers.ValidationError("This name is taken.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = User(**{key: value for key, value in attrs.items() if key != "password"})
        try:
            validate_password(attrs["password"], person)
        except PasswordRefused as error:
            raise serializers.ValidationError({"password": error.messages}) from None
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return User.objects.create_user(**validated_data)


class LoginSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True, style={"input_type": "password"})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = authenticate(self.context["request"], username=attrs["username"], password=attrs["password"])
        if user is None:
            raise AuthenticationFailed("The name or the password is wrong.")
        return {"user": user}


class TokenSerializer(serializers.Serializer[Any]):
    """What a login answers: the token is shown this once."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = MeSerializer()
