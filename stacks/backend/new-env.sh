#!/bin/sh
# Prints a .env with fresh secrets: sh new-env.sh > .env
set -eu

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

cd "$(dirname "$0")"
while IFS= read -r line; do
    case $line in
        POSTGRES_PASSWORD= | SECRET_KEY=) printf '%s%s\n' "$line" "$(secret)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < .env.example
