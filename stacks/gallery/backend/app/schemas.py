"""What goes over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def without_nul(value: str) -> str:
    if "\x00" in value:  # PostgreSQL's text cannot hold it
        raise ValueError("must not contain a null character")
    return value


NoNul = AfterValidator(without_nul)
Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{2,31}$"),
    NoNul,
]
Password = Annotated[str, StringConstraints(min_length=10, max_length=200), NoNul]
DisplayName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), NoNul]
AlbumTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), NoNul]
PhotoTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NoNul]
CommentBody = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), NoNul]


class Input(BaseModel):
    """A body of a request; a field nobody knows is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class Registration(Input):
    username: Username
    password: Password
    display_name: DisplayName = ""


class Credentials(Input):
    username: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=64), NoNul]
    password: Annotated[str, StringConstraints(max_length=200), NoNul]


class LinkToken(Input):
    token: Annotated[str, StringConstraints(max_length=200)]


class AlbumInput(Input):
    title: AlbumTitle
    shared: bool = True


class AlbumChange(Input):
    title: AlbumTitle | None = None
    shared: bool | None = None


class PhotoChange(Input):
    title: PhotoTitle | None = None
    album_id: UUID | None = None


class CommentInput(Input):
    body: CommentBody


class Person(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    username: str
    display_name: str


class SignedIn(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105  (RFC 6750's word)
    expires_in: int
    user: Person


class AlbumOut(BaseModel):
    id: UUID
    title: str
    shared: bool
    owner: Person
    mine: bool
    photos: int
    cover: str | None
    cover_colour: str | None
    created_at: datetime


class PhotoOut(BaseModel):
    id: UUID
    album_id: UUID
    album_title: str
    title: str
    owner: Person
    mine: bool
    width: int
    height: int
    colour: str
    status: str
    taken_at: datetime | None
    created_at: datetime
    likes: int
    liked: bool
    comments: int
    urls: dict[str, str]


class PhotoPage(BaseModel):
    items: list[PhotoOut]
    next: str | None = Field(description="pass as `cursor` for the page that follows; null at the end")


class Liked(BaseModel):
    likes: int
    liked: bool


class CommentOut(BaseModel):
    id: UUID
    body: str
    author: Person
    mine: bool
    created_at: datetime
