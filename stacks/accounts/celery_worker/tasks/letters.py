"""The words of the mails. Pure."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from backend.shared.mail import Mail

__all__ = ["letter"]


@dataclass(frozen=True)
class Words:
    """`path` is where the link leads, "" for none; its secret is in the fragment, which browsers send to no server."""

    subject: str
    text: str
    path: str = ""
    button: str = ""
    after: str = ""


WORDS: Mapping[str, Words] = {
    "verify": Words(
        "Confirm your address",
        "somebody, we hope you, made an account with this address. Confirm that it is yours:",
        "/verify",
        "Confirm the address",
        "The link is good for two days. If it was not you, do nothing: the account is forgotten after a week.",
    ),
    "known": Words(
        "You have an account already",
        "somebody, we hope you, wanted to make an account with this address. There is one already: sign in, or ask for "
        "a new password if you do not remember yours.",
        "/",
        "Sign in",
    ),
    "reset": Words(
        "A new password",
        "somebody, we hope you, asked for a new password for this account. Choose one here:",
        "/reset",
        "Choose a new password",
        "The link is good for half an hour, once. If it was not you, do nothing: your password stays as it is.",
    ),
    "changed": Words(
        "Your password was changed",
        "the password of your account was changed just now, and every device was signed out. If it was not you, ask for "
        "a new password at once:",
        "/forgot",
        "Ask for a new password",
    ),
    "locked": Words(
        "Your account is locked for a while",
        "a wrong password was given for your account too many times. It is locked for a quarter of an hour; a new "
        "password opens it at once. If it was not you, your password has kept somebody out.",
        "/forgot",
        "Ask for a new password",
    ),
}


def letter(mail: Mail, sender: str, public_url: str) -> EmailMessage:
    """Its Message-ID follows from the mail's id, so that a second copy is seen to be one."""
    words = WORDS[mail.kind]
    link = f"{public_url.rstrip('/')}{words.path}" + (f"#{mail.token}" if mail.token else "")
    message = EmailMessage()
    message["Subject"] = words.subject
    message["From"] = sender
    message["To"] = mail.to
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].partition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [f"Hello {mail.name},", words.text, link, words.after]
    message.set_content("\n\n".join(line for line in lines if line) + "\n")
    message.add_alternative(page(mail.name, words, link), subtype="html")
    return message


def page(name: str, words: Words, link: str) -> str:
    href = html.escape(link, quote=True)
    after = f'<p style="color:#667085;font-size:14px">{html.escape(words.after)}</p>' if words.after else ""
    return f"""<!doctype html>
<html lang="en"><body style="margin:0;padding:32px 16px;background:#f4f5f8;font:16px/1.6 system-ui,sans-serif;color:#1b2030">
<div style="max-width:480px;margin:auto;background:#fff;border-radius:16px;padding:32px">
<h1 style="font-size:22px;margin:0 0 16px">{html.escape(words.subject)}</h1>
<p>Hello {html.escape(name)},</p><p>{html.escape(words.text)}</p>
<p style="margin:28px 0"><a href="{href}" style="background:#3b4fd8;color:#fff;padding:12px 20px;border-radius:10px;\
text-decoration:none;font-weight:600">{html.escape(words.button)}</a></p>
{after}</div></body></html>
"""
