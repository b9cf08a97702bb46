"""The database user_db: profiles, and the pictures that they show."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.search import filter_of, words_of
from backend.shared.database import Database

__all__ = ["Profile", "Store"]

Profile = Mapping[str, Any]
"""_id (the account's), name, headline, place, about, listed, avatar (a picture's id or ""), words, joined_at."""
FIELDS = ("name", "headline", "place", "about", "listed")


def now() -> datetime:
    return datetime.now(UTC)


class Store:
    def __init__(self, database: Database) -> None:
        self.profiles = database["profiles"]
        self.avatars = database["avatars"]

    async def prepare(self) -> None:
        """Safe to run twice, and by two replicas at once."""
        await self.profiles.create_index("words")
        await self.profiles.create_index([("joined_at", -1), ("_id", -1)])

    async def profile(self, person: str) -> Profile | None:
        return await self.profiles.find_one({"_id": person})

    async def own(self, person: str, name: str) -> Profile:
        """Their profile; it is made when they first come."""
        found = await self.profile(person)
        if found is not None:
            return found
        profile: dict[str, Any] = {
            "_id": person,
            "name": name or "Somebody",
            "headline": "",
            "place": "",
            "about": "",
            "listed": True,
            "avatar": "",
            "words": words_of(name),
            "joined_at": now(),
        }
        try:
            await self.profiles.insert_one(profile)
        except DuplicateKeyError:  # two of their requests came first at once
            return await self.profile(person) or profile
        return profile

    async def change(self, person: str, values: Mapping[str, Any]) -> Profile | None:
        before = await self.profile(person)
        if before is None:
            return None
        after = {name: values.get(name, before[name]) for name in FIELDS}
        after["words"] = words_of(after["name"], after["headline"], after["place"])
        return await self.profiles.find_one_and_update(
            {"_id": person}, {"$set": after}, return_document=ReturnDocument.AFTER
        )

    async def show_avatar(self, person: str, sizes: Mapping[str, bytes] | None) -> Profile | None:
        """The picture first, then the profile that shows it, then the old one goes: whoever looks meanwhile sees one of
        the two. What a crash leaves behind is cleaned up."""
        new = secrets.token_urlsafe(16) if sizes else ""
        if sizes:
            await self.avatars.insert_one({"_id": new, "person": person, "made_at": now(), **sizes})
        before = await self.profiles.find_one_and_update({"_id": person}, {"$set": {"avatar": new}})
        if before and before["avatar"]:
            await self.avatars.delete_one({"_id": before["avatar"]})
        return {**before, "avatar": new} if before else None

    async def avatar(self, picture: str, size: str) -> bytes | None:
        found = await self.avatars.find_one({"_id": picture}, {size: 1})
        return bytes(found[size]) if found and size in found else None

    async def find(self, words: list[str], after: tuple[datetime, str] | None, limit: int) -> list[Profile]:
        """The newest first; `after` is the last one that was seen."""
        conditions: list[Mapping[str, Any]] = [{"listed": True}]
        if words:
            conditions.append(filter_of(words))
        if after:
            at, person = after
            conditions.append({"$or": [{"joined_at": {"$lt": at}}, {"joined_at": at, "_id": {"$lt": person}}]})
        found = self.profiles.find({"$and": conditions}).sort([("joined_at", -1), ("_id", -1)]).limit(limit)
        return [profile async for profile in found]

    async def clean_up(self, orphan_hours: int) -> dict[str, int]:
        """Pictures that no profile shows. Safe to run twice, and at once with itself."""
        old = now() - timedelta(hours=orphan_hours)
        gone = 0
        async for picture in self.avatars.find({"made_at": {"$lt": old}}, {"person": 1}):
            profile = await self.profiles.find_one({"_id": picture["person"]}, {"avatar": 1})
            if profile is None or profile["avatar"] != picture["_id"]:
                gone += (await self.avatars.delete_one({"_id": picture["_id"]})).deleted_count
        return {"avatars": gone}
