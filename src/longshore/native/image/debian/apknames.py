"""Alpine's packages by their Debian names, for `apk add` on a Debian base."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["PACKAGES", "unmapped"]

SAME = (
    "autoconf automake bash bc bison brotli bzip2 ca-certificates cmake coreutils curl dumb-init ffmpeg file findutils "
    "flex g++ gawk gcc gettext git gnupg graphviz grep gzip htop imagemagick iproute2 jpegoptim jq less libtool lsof "
    "m4 "
    "make mosquitto nano nasm ncurses netbase nodejs npm openssl optipng patch perl pkgconf pngquant procps python3 "
    "redis rsync runit sed shadow socat sqlite strace sudo supervisor tar tini tree tzdata unzip util-linux vim wget "
    "which xvfb xz yarn yasm zip zlib zstd build-essential binutils elfutils gnuplot tmux zsh swig ghostscript"
)
OTHER: dict[str, str] = {
    "bind-tools": "dnsutils",
    "build-base": "build-essential",
    "cairo-dev": "libcairo2-dev",
    "chromium": "chromium",
    "docker-cli": "docker.io",
    "expat-dev": "libexpat1-dev",
    "font-noto": "fonts-noto-core",
    "fontconfig": "fontconfig",
    "freetype": "libfreetype6",
    "freetype-dev": "libfreetype-dev",
    "gcompat": "",
    "giflib-dev": "libgif-dev",
    "gmp-dev": "libgmp-dev",
    "gnupg": "gnupg",
    "icu-data-full": "",
    "icu-dev": "libicu-dev",
    "icu-libs": "",
    "iputils": "iputils-ping",
    "jpeg": "libjpeg62-turbo",
    "jpeg-dev": "libjpeg62-turbo-dev",
    "krb5-dev": "libkrb5-dev",
    "libatomic": "libatomic1",
    "libc-dev": "libc6-dev",
    "libc6-compat": "",
    "libcap": "libcap2-bin",
    "libcurl": "libcurl4",
    "curl-dev": "libcurl4-openssl-dev",
    "libffi": "libffi8",
    "libffi-dev": "libffi-dev",
    "libgcc": "libgcc-s1",
    "libjpeg-turbo": "libjpeg62-turbo",
    "libjpeg-turbo-dev": "libjpeg62-turbo-dev",
    "libmagic": "libmagic1",
    "libpng": "libpng16-16",
    "libpng-dev": "libpng-dev",
    "libpq": "libpq5",
    "libpq-dev": "libpq-dev",
    "libressl-dev": "libssl-dev",
    "libsodium-dev": "libsodium-dev",
    "libstdc++": "libstdc++6",
    "libtool": "libtool",
    "libuuid": "libuuid1",
    "libwebp-dev": "libwebp-dev",
    "libxml2": "libxml2",
    "libxml2-dev": "libxml2-dev",
    "libxslt": "libxslt1.1",
    "libxslt-dev": "libxslt1-dev",
    "linux-headers": "linux-libc-dev",
    "mailcap": "media-types",
    "mariadb-client": "mariadb-client",
    "mariadb-connector-c-dev": "libmariadb-dev",
    "mariadb-dev": "libmariadb-dev",
    "musl-dev": "libc6-dev",
    "musl-locales": "",
    "mysql-client": "default-mysql-client",
    "ncurses-dev": "libncurses-dev",
    "netcat-openbsd": "netcat-openbsd",
    "openblas-dev": "libopenblas-dev",
    "openjpeg-dev": "libopenjp2-7-dev",
    "openssh": "openssh-client",
    "openssh-client": "openssh-client",
    "openssl-dev": "libssl-dev",
    "pango": "libpango-1.0-0",
    "pango-dev": "libpango1.0-dev",
    "pcre-dev": "libpcre3-dev",
    "pcre2-dev": "libpcre2-dev",
    "pixman": "libpixman-1-0",
    "pkgconfig": "pkg-config",
    "postgresql-client": "postgresql-client",
    "postgresql-dev": "libpq-dev",
    "postgresql-libs": "libpq5",
    "py3-pip": "python3-pip",
    "python3-dev": "python3-dev",
    "readline-dev": "libreadline-dev",
    "shadow": "",
    "sqlite-dev": "libsqlite3-dev",
    "sqlite-libs": "libsqlite3-0",
    "su-exec": "gosu",
    "sqlite": "sqlite3",
    "tiff-dev": "libtiff-dev",
    "ttf-freefont": "fonts-freefont-ttf",
    "uuidgen": "uuid-runtime",
    "vips": "libvips42",
    "vips-dev": "libvips-dev",
    "xz": "xz-utils",
    "xz-dev": "liblzma-dev",
    "yaml-dev": "libyaml-dev",
    "zlib": "zlib1g",
    "zlib-dev": "zlib1g-dev",
    "ncurses": "ncurses-bin",
    "redis": "redis-tools",
    "yarn": "",
    "npm": "",
    "nodejs": "",
    "ip6tables": "iptables",
    "iptables": "iptables",
    "supervisor": "supervisor",
    "nginx": "nginx-light",
    "py3-virtualenv": "python3-venv",
    "gnu-libiconv": "",
    "libevent-dev": "libevent-dev",
    "rust": "rustc",
    "cargo": "cargo",
    "go": "golang-go",
}
PACKAGES: Mapping[str, str] = {name: name for name in SAME.split()} | OTHER
"""Alpine's package to Debian's; "" where the base has it already or nothing is needed."""

ADD = re.compile(r"\bapk\s+(?:--?[\w-]+\s+)*add\s+(?P<rest>[^;&|\n]*)")
WITH_VALUE = ("-t", "--virtual", "--repository", "-X", "--root", "-p", "--arch")


def unmapped(command: str) -> tuple[str, ...]:
    """The packages that a RUN's text asks of apk and that have no name here. Variables are not looked into."""
    found: list[str] = []
    for match in ADD.finditer(command):
        words = iter(match["rest"].split())
        for word in words:
            if word in WITH_VALUE:
                next(words, None)
            elif not word.startswith(("-", "$", ".", "'", '"', "\\")):
                name = re.split(r"[=<>~@]", word)[0]
                if name not in PACKAGES:
                    found.append(name)
    return tuple(dict.fromkeys(found))
