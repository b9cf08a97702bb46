#!/bin/sh
# /etc/nginx/templates/*.template to /etc/nginx/conf.d, the environment's variables put in (and only those: $host stays)
set -e
templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
stream_suffix=${NGINX_ENVSUBST_STREAM_TEMPLATE_SUFFIX:-.stream-template}
stream_output=${NGINX_ENVSUBST_STREAM_OUTPUT_DIR:-/etc/nginx/stream-conf.d}
filter=${NGINX_ENVSUBST_FILTER:-}

names=$(awk -v filter="$filter" 'END { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && name ~ filter) printf "${%s} ", name }' < /dev/null)

fill() { # directory suffix output
	find "$1" -follow -type f -name "*$2" -print | while read -r template; do
		relative=${template#"$1"/}
		target=$3/${relative%"$2"}
		mkdir -p "$(dirname "$target")"
		if [ ! -w "$(dirname "$target")" ]; then
			echo "$0: ERROR: $3 is not writable" >&2
			return 0
		fi
		echo "$0: Running envsubst on $template to $target"
		envsubst "$names" < "$template" > "$target"
	done
}

[ -d "$templates" ] || exit 0
fill "$templates" "$suffix" "$output"
if find "$templates" -name "*$stream_suffix" -print -quit | grep -q .; then
	mkdir -p "$stream_output"
	grep -q 'stream *{' /etc/nginx/nginx.conf ||
		printf '\nstream {\n  include %s/*.conf;\n}\n' "$stream_output" >> /etc/nginx/nginx.conf
	fill "$templates" "$stream_suffix" "$stream_output"
fi
