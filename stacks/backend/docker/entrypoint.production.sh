#!/bin/sh
# Production: look at the configuration, deal with migrations as told, put static files in place, then serve.
#
#   MIGRATIONS=check   refuse to start while one is pending (default; a step before this one applies them)
#              apply   apply them here; replicas that start at the same moment wait for the one that does it
#              off     do not look
set -eu

fail() {
    echo "entrypoint: $*" >&2
    exit 1
}

# A volume keeps the files of the image that filled it first; a newer image adds its own, under their hashed names.
# The list of them is copied last, so that a copy that was cut short is begun again.
publish_static() {
    list=/opt/backend/static/staticfiles.json
    cmp -s "$list" "$STATIC_ROOT/staticfiles.json" && return
    for entry in /opt/backend/static/*; do
        [ "$entry" = "$list" ] || cp -R "$entry" "$STATIC_ROOT/"
    done
    cp "$list" "$STATIC_ROOT/"
}

case "${1:-}" in
gunicorn)
    python manage.py check --deploy --fail-level "${DEPLOY_CHECK_LEVEL:-WARNING}"
    case "${MIGRATIONS:-check}" in
    check) python manage.py apply_migrations --check ;;
    apply) python manage.py apply_migrations ;;
    off) ;;
    *) fail "MIGRATIONS=$MIGRATIONS is none of check, apply, off" ;;
    esac
    publish_static
    ;;
esac

exec "$@"
