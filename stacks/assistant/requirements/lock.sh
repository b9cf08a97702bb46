#!/bin/sh
# Pins what pyproject.toml asks for, with hashes and without the address of any index: dev.txt first, and the others as it has them.
set -eu
cd "$(dirname "$0")/.."
lock() {
    target=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url "$@" -o "requirements/$target"
}
lock dev.txt --extra bot --extra api --group dev pyproject.toml
lock bot.txt --extra bot --constraints requirements/dev.txt pyproject.toml
lock api.txt --extra api --constraints requirements/dev.txt pyproject.toml
echo "uv==0.13.8" | lock uv.txt -
