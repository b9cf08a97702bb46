#!/bin/sh
# Production: look at the configuration, deal with migrations as told, collect static files, then serve.
#
#   MIGRATIONS=check   refuse to start while one is pending (default; a step before this one applies them)
#              apply   apply them here; replicas that start at the same moment wait for the one that does it
#              off     do not look
set -eu

fail() {
    echo "entrypoint: $*" >&2
    exit 1
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
    python manage.py collectstatic --noinput --verbosity 0
    ;;
esac

exec "$@"
