#!/bin/sh
# Development: apply pending migrations, then serve. Any other command (tests, a shell, makemigrations) runs as it is, so that a
# broken migration never stands in the way of mending it.
set -eu

case " $* " in
*" runserver "*) python manage.py apply_migrations ;;
esac

exec "$@"
