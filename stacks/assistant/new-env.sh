#!/bin/sh
# Prints a .env with fresh secrets and this machine's user: sh new-env.sh > .env
set -eu

secret() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

cd "$(dirname "$0")"
while IFS= read -r line; do
    case $line in
        SECRET_KEY=) printf '%s%s\n' "$line" "$(secret 32)" ;;
        DASHBOARD_PASSWORD=) printf '%s%s\n' "$line" "$(secret 12)" ;;
        APP_UID=*) [ "$(id -u)" = 0 ] && echo "$line" || echo "APP_UID=$(id -u)" ;;
        APP_GID=*) [ "$(id -u)" = 0 ] && echo "$line" || echo "APP_GID=$(id -g)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < .env.example
