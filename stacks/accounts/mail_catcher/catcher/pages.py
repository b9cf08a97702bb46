"""What people see of the mails. Their HTML is shown in a frame that may do nothing but open links."""

import html

from catcher.box import Caught

__all__ = ["entry", "frame", "page"]

STYLE = """
:root{color-scheme:light dark;--ground:#f4f5f8;--card:#fff;--ink:#1b2030;--soft:#5b6375;--line:#dfe2ea;--accent:#3546c4}
@media(prefers-color-scheme:dark){:root{--ground:#10131c;--card:#191d29;--ink:#eceef5;--soft:#a5adc0;--line:#2b3142;--accent:#9aa8ff}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:720px;margin:auto;padding:24px 16px}h1{font-size:24px}a{color:var(--accent)}
ul{list-style:none;padding:0;margin:0;display:grid;gap:10px}
li a{display:block;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px;text-decoration:none;color:inherit}
li a:hover,li a:focus-visible{border-color:var(--accent)}li strong{display:block}li span,.soft,.empty{color:var(--soft);font-size:14px}
iframe{width:100%;height:440px;border:1px solid var(--line);border-radius:12px;background:#f4f5f8}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px}
"""
LIVE = """<script>
let seen = null;
setInterval(async () => {
  const list = await (await fetch("/api/mails")).text().catch(() => seen);
  if (seen !== null && list !== seen) location.reload();
  seen = list;
}, 2000);
</script>"""


def page(title: str, body: str, *, live: bool = True) -> str:
    inner = (f"<ul>{body}</ul>" if body else "<p class=empty>No mail yet. It appears here by itself.</p>") if live else body
    back = "" if live else '<p><a href="/">All mail</a></p>'
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{STYLE}</style>'
        f"<main>{back}<h1>{title}</h1>{inner}</main>{LIVE if live else ''}</html>"
    )


def entry(mail: Caught) -> str:
    about = f"{', '.join(mail.to)} · {mail.at:%H:%M:%S}"
    return (
        f'<li><a href="/mails/{mail.id}"><strong>{html.escape(mail.subject)}</strong>'
        f"<span>to {html.escape(about)} UTC</span></a></li>"
    )


def frame(mail: Caught) -> str:
    content = html.escape(mail.html.replace("<head>", "").replace("<html", '<base target="_blank"><html', 1), quote=True)
    shown = (
        f'<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{content}"></iframe>'
        if mail.html
        else ""
    )
    return (
        f'<p class="soft">from {html.escape(mail.sender)} to {html.escape(", ".join(mail.to))}</p>'
        f"{shown}<h2>As text</h2><pre>{html.escape(mail.text)}</pre>"
    )
