#!/bin/sh
# Does what a server needs before it starts; any other command (tests, a shell, makemigrations) runs as it is, so that a
# broken migration never stands in the way of mending it.
#
#   MIGRATIONS, in production:
#     check   refuse to start while one is pending (default; the service `migrate` applies them before this one starts)
#     apply   apply them here, and put static files in place; replicas that start together wait for the one that does it
#     off     do not look
set -eu

fail() {
    echo "entrypoint: $*" >&2
    exit 1
}

case " $* " in
*" runserver "*)
    python manage.py prepare
    ;;
" gunicorn "*)
    case "${PUBLIC_URL:-}" in
    http:*) echo "entrypoint: PUBLIC_URL is plain http: cookies travel readable; for trying out, not for the world" >&2 ;;
    esac
    python manage.py check --deploy --fail-level WARNING
    case "${MIGRATIONS:-check}" in
    check) python manage.py prepare --check ;;
    apply) python manage.py prepare ;;
    off) ;;
    *) fail "MIGRATIONS=$MIGRATIONS is none of check, apply, off" ;;
    esac
    ;;
esac

exec "$@"
