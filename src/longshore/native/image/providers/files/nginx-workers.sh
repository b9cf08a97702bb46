#!/bin/sh
# worker_processes from the number of processors that may be used, when NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE asks
set -e
[ "${NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE:-}" ] || exit 0
[ -w /etc/nginx/nginx.conf ] || exit 0
sed -i -E "s/^worker_processes .*/worker_processes  $(nproc);/" /etc/nginx/nginx.conf
