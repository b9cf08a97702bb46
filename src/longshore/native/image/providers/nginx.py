"""Provider `nginx`, from Debian's package, with the layout and the entry point of the official image."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from longshore.native.image.catalog.provider import Provider
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import script
from longshore.native.image.debian.ground import Ground, provider_layer, starts_as
from longshore.native.image.model import Image, ImageConfig, Recipe

RECIPE = 1
VERSIONS = {"1.18": "bullseye", "1.22": "bookworm", "1.26": "trixie"}
UID = 101
MODULES = "/usr/lib/nginx/modules"
MAIN = """\
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
"""
DEFAULT = """\
server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1></body></html>
"""
SCRIPTS = {
    "10-listen-on-ipv6-by-default.sh": "nginx-ipv6.sh",
    "15-local-resolvers.envsh": "nginx-resolvers.envsh",
    "20-envsubst-on-templates.sh": "nginx-templates.sh",
    "30-tune-worker-processes.sh": "nginx-workers.sh",
}


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of nginx above `ground`."""
    curl = () if recipe.variant == "alpine" else ("curl",)
    packages = ("nginx", "gettext-base", "libnginx-mod-stream", *curl)
    layer, version = await provider_layer(ground, "nginx", RECIPE, packages, _finish)
    config = ImageConfig(
        env={"PATH": ground.path, "NGINX_VERSION": version},
        starts_as=starts_as("nginx"),
        entrypoint=("/docker-entrypoint.sh",),
        cmd=("nginx", "-g", "daemon off;"),
        exposed=("80/tcp",),
        stop_signal="SIGQUIT",
    )
    return Image("", "", (str(layer),), config, runs=f"nginx {version}")


def _finish(root: Path) -> None:
    rootfs.add_user(root, "nginx", UID, UID, home="/nonexistent", shell="/bin/false")
    etc = root / "etc/nginx"
    for name in ("sites-enabled", "sites-available", "modules-enabled", "modules-available", "snippets"):
        shutil.rmtree(etc / name, ignore_errors=True)
    (etc / "conf.d").mkdir(exist_ok=True)
    (etc / "conf.d/default.conf").write_text(DEFAULT)
    stream = next((root / MODULES.lstrip("/")).glob("ngx_stream_module.so"), None)
    load = f"load_module {MODULES}/ngx_stream_module.so;\n" if stream else ""
    (root / "usr/share/nginx").mkdir(parents=True, exist_ok=True)
    (etc / "nginx.conf").write_text(load + MAIN)
    (etc / "modules").symlink_to(MODULES)
    html = root / "usr/share/nginx/html"
    html.mkdir(exist_ok=True)
    (html / "index.html").write_text(PAGE.format(title="Welcome to nginx!"))
    (html / "50x.html").write_text(PAGE.format(title="An error occurred."))
    (etc / "html").symlink_to("/usr/share/nginx/html")
    _logs(root)
    script(root, "/docker-entrypoint.sh", "nginx-entrypoint.sh")
    for target, source in SCRIPTS.items():
        digest = hashlib.md5(DEFAULT.encode(), usedforsecurity=False).hexdigest()
        script(root, f"/docker-entrypoint.d/{target}", source, {"DIGEST": digest})


def _logs(root: Path) -> None:
    """Logs go to the container's output."""
    directory = root / "var/log/nginx"
    directory.mkdir(parents=True, exist_ok=True)
    for name, stream in (("access.log", "stdout"), ("error.log", "stderr")):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(f"/dev/{stream}")
    for name in ("body", "fastcgi", "proxy", "scgi", "uwsgi"):
        place = root / "var/lib/nginx" / name
        place.mkdir(parents=True, exist_ok=True)
        rootfs.own(place, UID, 0)
    cache = root / "var/cache/nginx"
    cache.mkdir(parents=True, exist_ok=True)
    rootfs.own(cache, UID, 0)


PROVIDER = Provider(
    names=("nginx",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=lambda tag: choose_version("nginx", tag, VERSIONS),
    make=make,
    source="Debian's packages",
    port=80,
)
