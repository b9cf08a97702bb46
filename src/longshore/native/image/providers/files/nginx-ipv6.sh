#!/bin/sh
# the default server also listens on IPv6, where the machine has it and nobody changed the file
set -e
file=/etc/nginx/conf.d/default.conf
[ -f /proc/net/if_inet6 ] && [ -f "$file" ] && [ -w "$file" ] || exit 0
[ "$(md5sum < "$file")" = "@DIGEST@  -" ] || exit 0
sed -i 's/^    listen       80;$/    listen       80;\n    listen  [::]:80;/' "$file"
