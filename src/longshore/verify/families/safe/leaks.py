"""No secret is in what a stack says: to its logs, and to browsers."""

from __future__ import annotations

from functools import partial

from longshore.model.servers import server_of
from longshore.model.service import Service
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.exchange import NoHttp
from longshore.verify.families.safe.criterion import criterion_of
from longshore.verify.live import Live
from longshore.verify.redact import named_secrets
from longshore.verify.result import Evidence, Seen

__all__ = ["checks"]


def checks(subject: Subject) -> tuple[Check, ...]:
    return (
        *([_logs()] if subject.chosen else []),
        *(_bundle(service) for service in subject.lasting if _may_have_pages(service)),
    )


# Logs.


def _logs() -> Check:
    criterion = criterion_of(
        "logs",
        "no secret is in the logs",
        "what every service has written since it started, searched for what .env and the secrets hold",
        "do not log settings and addresses with passwords; log their names",
    )
    return Check(criterion, _try_logs)


async def _try_logs(live: Live) -> Seen:
    from longshore.verify.safety.search import in_text, sought

    secrets = sought(named_secrets(live.stack))
    count, found = 0, []
    for service in live.stack.services:
        for line in await live.logs(service):
            count += 1
            found += [f"{service}: {name}: {line.text[:200]}" for name in in_text(line.text, secrets)]
    expected = "no secret"
    if found:
        evidence = (Evidence("lines with a secret", "\n".join(found[:20])),)
        where = ", ".join(dict.fromkeys(row.partition(":")[0] for row in found))
        return short(expected, f"{len(found)} of {count} lines hold one ({where})", evidence=evidence)
    return holds(expected, f"none of {len(secrets)} in {count} lines")


# Pages.


def _may_have_pages(service: Service) -> bool:
    return not server_of(service) and any(port.protocol == "tcp" for port in service.ports)


def _bundle(service: Service) -> Check:
    criterion = criterion_of(
        "bundle",
        f"no secret is in what {service.name} sends to browsers",
        "its front page with its scripts, style sheets and headers, searched for what .env and the secrets hold",
        "no secret in variables that a bundler takes over (VITE_, NEXT_PUBLIC_, REACT_APP_): browsers show them to all",
        service.name,
    )
    return Check(criterion, partial(_try_bundle, service), needs=(service.name,), limit=120)


async def _try_bundle(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.search import in_text, sought
    from longshore.verify.safety.served import bundle

    secrets = sought(named_secrets(live.stack))
    port = next(port for port in service.ports if port.protocol == "tcp")
    address = await live.address(service.name, port.target)
    files, found = [], []
    try:
        async for file in bundle(address):
            files.append(file.url)
            found += [f"{name}, in {file.url}" for name in in_text(file.text, secrets)]
            head = "\n".join(f"{name}: {value}" for name, value in file.headers.items())
            found += [f"{name}, in the headers of {file.url}" for name in in_text(head, secrets)]
    except NoHttp as error:
        return skipped(f"it sends no page: {error}")
    if not files:
        return skipped("it sends no page: what is at / is no HTML")
    if found:
        return short("no secret", found[0], evidence=(Evidence("secrets, by name", "\n".join(found)),))
    return holds("no secret", f"none of {len(secrets)} in {len(files)} files")
