"""What requests say."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

__all__ = ["Again", "Entry", "Leaving", "NewAccount", "NewPassword", "Token"]

LONGEST_PASSWORD = 200


def not_blank(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise ValueError("say how you want to be called")
    return words


Password = Annotated[str, StringConstraints(min_length=10, max_length=LONGEST_PASSWORD)]
Name = Annotated[str, StringConstraints(max_length=80), AfterValidator(not_blank)]


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(Words):
    email: EmailStr
    name: Name
    password: Password


class Again(Words):
    email: EmailStr


class Entry(Words):
    email: Annotated[str, StringConstraints(max_length=320)]
    password: Annotated[str, StringConstraints(max_length=LONGEST_PASSWORD)]


class Token(Words):
    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewPassword(Token):
    password: Password


class Leaving(Words):
    everywhere: bool = Field(default=False, description="end every session of this account")
