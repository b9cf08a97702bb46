#!/bin/sh
# The everyday commands of the development stack: a thin cover over `shore`, or over `docker compose` with --docker.
#
# Environment: DEV_ENGINE=shore|docker chooses without a flag; NO_COLOR turns colours off.
set -eu

cd "$(dirname "$0")"

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
    red=$(printf '\033[31m') green=$(printf '\033[32m') blue=$(printf '\033[34m') bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
    red='' green='' blue='' bold='' plain=''
fi

say() { printf '%s==>%s %s\n' "$blue" "$plain" "$*" >&2; }
done_with() { printf '%s==>%s %s\n' "$green" "$plain" "$*" >&2; }
fail() {
    printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
    [ -z "${2:-}" ] || printf '       %s\n' "$2" >&2
    exit "${3:-1}"
}

usage() {
    cat <<END
${bold}usage:${plain} ./docker-dev.sh [--docker] COMMAND [ARGUMENTS]

  ${bold}start${plain}             bring everything up and wait until it is healthy
  ${bold}stop${plain}              stop it; the data stays
  ${bold}restart${plain} [SERVICE] start everything, or one service, again
  ${bold}status${plain}            what runs, and whether it is healthy
  ${bold}logs${plain} [SERVICE]    follow the logs
  ${bold}shell${plain}             a Django shell in the running back end
  ${bold}migrate${plain} [...]     apply migrations by hand
  ${bold}makemigrations${plain} [...]  write migrations for changed models
  ${bold}test${plain} [...]        run the tests (arguments go to pytest)
  ${bold}clean${plain}             take everything down ${red}and delete the data${plain} (asks first; --yes does not)

  --docker          use docker compose (also: DEV_ENGINE=docker)
END
}

# shore on the PATH, else the one of the project that this stack lies in.
find_shore() {
    if command -v shore >/dev/null 2>&1; then
        echo shore
    elif [ -x ../../.venv/bin/shore ]; then
        echo ../../.venv/bin/shore
    else
        fail "shore is not installed" "install it with: pipx install longshore     or use Docker: ./docker-dev.sh --docker $*" 127
    fi
}

compose() {
    if [ "$engine" = docker ]; then
        docker compose "$@"
    else
        "$shore" "$@"
    fi
}

require_docker() {
    docker compose version >/dev/null 2>&1 || fail "docker compose is not installed" "or use shore: ./docker-dev.sh COMMAND" 127
}

require_running() {
    [ -n "$(compose ps -q --status running backend 2>/dev/null)" ] || fail "the back end is not running" "start it with: ./docker-dev.sh start"
}

# Files that are written into the mounted source belong to whoever calls, not to the container's user (uid 1001). Where shore runs
# as an ordinary user every file is the caller's anyway.
as_caller() {
    if [ "$engine" = docker ] || [ "$(id -u)" = 0 ]; then
        compose exec -u "$(id -u):$(id -g)" backend "$@"
    else
        compose exec backend "$@"
    fi
}

start() {
    say "starting db, redis and backend"
    compose up -d --wait "$@"
    done_with "up: http://localhost:8000/api/v1/docs/"
}

clean() {
    if [ "${1:-}" != --yes ]; then
        [ -t 0 ] || fail "clean deletes the database and every uploaded file" "say that you mean it: ./docker-dev.sh clean --yes"
        printf '%sthis deletes the database and every uploaded file.%s go on? [y/N] ' "$red" "$plain" >&2
        read -r answer
        case "$answer" in y | Y | yes) ;; *) fail "nothing was deleted" ;; esac
    fi
    compose down -v --remove-orphans
    done_with "gone"
}

engine=${DEV_ENGINE:-shore}
if [ "${1:-}" = --docker ]; then
    engine=docker
    shift
fi
command=${1:-help}
[ $# -eq 0 ] || shift

case "$command" in
help | -h | --help)
    usage
    exit 0
    ;;
start | stop | restart | status | logs | shell | migrate | makemigrations | test | clean) ;;
*)
    usage >&2
    fail "there is no command '$command'" "" 2
    ;;
esac

case "$engine" in
docker) require_docker ;;
shore) shore=$(find_shore "$command") || exit $? ;;
*) fail "DEV_ENGINE=$engine is neither shore nor docker" ;;
esac

case "$command" in
start) start "$@" ;;
stop) compose stop "$@" && done_with "stopped; the data stays" ;;
restart) compose restart "$@" ;;
status) compose ps -a "$@" ;;
logs) compose logs --follow --tail 100 "$@" ;;
shell) require_running && compose exec backend python manage.py shell "$@" ;;
migrate) require_running && compose exec backend python manage.py migrate "$@" ;;
makemigrations) require_running && as_caller python manage.py makemigrations "$@" ;;
test) compose run --rm backend pytest "$@" ;;
clean) clean "$@" ;;
esac
