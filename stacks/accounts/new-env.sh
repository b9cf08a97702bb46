#!/bin/sh
# Prints a .env with fresh secrets: sh new-env.sh > .env
set -eu

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

cd "$(dirname "$0")"
while IFS= read -r line; do
    case $line in
        JWT_SECRET_KEY= | MONGO_*PASSWORD=) printf '%s%s\n' "$line" "$(secret)" ;;
        FLOWER_BASIC_AUTH=) printf '%sadmin:%s\n' "$line" "$(secret)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < .env.example
