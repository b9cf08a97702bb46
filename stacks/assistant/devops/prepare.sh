#!/bin/sh
# prepare.sh UID:GID FOLDER...: lets the services' user write where data goes. The folders are bind mounts and belong to whoever made
# the checkout: to root, say, where the services are not root. Natively, as an ordinary user, there is one id only and all belongs
# to it already; it cannot be given away, and need not be.
set -eu
user=$1
shift
read -r _ _ ids </proc/self/uid_map
for folder; do
    if ! chown -R "$user" "$folder" 2>/dev/null && [ "$ids" != 1 ]; then
        echo "prepare: $folder cannot be given to $user" >&2
        exit 1
    fi
done
echo "prepare: $* may be written by $user"
