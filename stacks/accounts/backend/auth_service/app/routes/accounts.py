"""Accounts: register, verify, forget and reset the password."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app import passwords
from app.office import Office, office
from app.store import Account
from app.words import Again, NewAccount, NewPassword, Token
from backend.shared.errors import Refused
from backend.shared.mail import Kind, Mail
from backend.shared.security import digest_of
from backend.shared.web import caller

router = APIRouter(prefix="/api/auth", tags=["accounts"])
At = Annotated[Office, Depends(office)]
From = Annotated[str, Depends(caller)]
SENT = {"status": "sent"}
"""The one answer to all who ask for a mail: it does not tell who has an account."""


async def send_link(at: Office, account: Account, kind: Kind, seconds: int) -> None:
    token = secrets.token_urlsafe(32)
    await at.store.add_token(digest_of(token), kind, account["_id"], seconds)
    await at.mailing.send(account["_id"], Mail(kind, account["email"], account["name"], token))


@router.post("/register", status_code=202)
async def register(at: At, address: From, new: NewAccount) -> dict[str, str]:
    await at.limits.mail(new.email, address)
    account = await at.store.add_account(new.email, new.name, await passwords.hashed(new.password))
    if account is not None:
        await send_link(at, account, "verify", at.settings.verify_token_seconds)
    elif known := await at.store.account_of(new.email):
        if known["verified_at"] is None:
            await send_link(at, known, "verify", at.settings.verify_token_seconds)
        else:
            await at.mailing.send(known["_id"], Mail("known", known["email"], known["name"]))
    return SENT


@router.post("/verify", status_code=204)
async def verify(at: At, given: Token) -> None:
    """May be done twice: mail programs look at links before people do."""
    found = await at.store.token(digest_of(given.token), "verify")
    if found is None:
        raise Refused(400, "link_invalid", "this link has expired or is not whole; ask for a new one")
    await at.store.verify(found["account"])


@router.post("/verify/again", status_code=202)
async def verify_again(at: At, address: From, who: Again) -> dict[str, str]:
    await at.limits.mail(who.email, address)
    account = await at.store.account_of(who.email)
    if account is not None and account["verified_at"] is None:
        await send_link(at, account, "verify", at.settings.verify_token_seconds)
    return SENT


@router.post("/password/forgot", status_code=202)
async def forgot(at: At, address: From, who: Again) -> dict[str, str]:
    await at.limits.mail(who.email, address)
    account = await at.store.account_of(who.email)
    if account is not None:
        await send_link(at, account, "reset", at.settings.reset_token_seconds)
    return SENT


@router.post("/password/reset", status_code=204)
async def reset(at: At, given: NewPassword) -> None:
    """A new password, once per link. Every session ends, a lock is lifted; the mail is proved, too."""
    digest = digest_of(given.token)
    found = await at.store.token(digest, "reset")
    account = await at.store.account(found["account"]) if found else None
    if account is None or not await at.store.spend_token(digest):
        raise Refused(400, "link_invalid", "this link was used or has expired; ask for a new one")
    await at.store.set_password(account["_id"], await passwords.hashed(given.password))
    await at.store.verify(account["_id"])
    await at.sessions.end({"account": account["_id"]}, "the password was reset")
    await at.limits.forgive(account["email"])
    await at.mailing.send(account["_id"], Mail("changed", account["email"], account["name"]))


def shown(account: Account) -> dict[str, Any]:
    return {"id": account["_id"], "email": account["email"], "name": account["name"]}


__all__ = ["router", "shown"]
