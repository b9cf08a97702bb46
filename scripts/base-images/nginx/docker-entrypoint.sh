#!/bin/sh
# As the official image: scripts of /docker-entrypoint.d, then templates filled from the environment, then nginx.
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  for script in /docker-entrypoint.d/*.sh; do
    [ -x "$script" ] && "$script"
  done
  if [ -n "$NGINX_ENTRYPOINT_LOCAL_RESOLVERS" ]; then
    NGINX_LOCAL_RESOLVERS=$(awk '$1 == "nameserver" { printf "%s%s", s, ($2 ~ ":" ? "[" $2 "]" : $2); s = " " }' /etc/resolv.conf)
    export NGINX_LOCAL_RESOLVERS
  fi
  defined=$(env | cut -d= -f1 | sed 's/^/${/; s/$/}/' | tr '\n' ' ')
  for template in /etc/nginx/templates/*.template; do
    [ -f "$template" ] || continue
    envsubst "$defined" <"$template" >"${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}/$(basename "$template" .template)"
  done
fi
exec "$@"
