#!/bin/bash
# mongod's command line, carried out by FerretDB: MongoDB's protocol over SQLite.
set -e
host=127.0.0.1 port=27017 data=/data/db auth=
while [ $# -gt 0 ]; do
	option=${1%%=*}
	case $1 in *=*) value=${1#*=} taken=1 ;; *) value=${2:-} taken=2 ;; esac
	case $option in
		--port) port=$value; shift "$taken" ;;
		--bind_ip) host=${value%%,*}; case $value in *,*) host= ;; esac; shift "$taken" ;;
		--dbpath) data=$value; shift "$taken" ;;
		--bind_ip_all) host=; shift ;;
		--auth) auth=1; shift ;;
		--noauth) auth=; shift ;;
		--version) exec ferretdb --version ;;
		--replSet | --configsvr | --shardsvr | --keyFile)
			echo "mongod: FerretDB stands in for MongoDB here, and has no $option (no replica sets, transactions, change streams)" >&2
			exit 2 ;;
		--quiet | --ipv6 | --nojournal | --journal | --directoryperdb | -v | -vv | -vvv) shift ;;
		*)
			echo "mongod: $option means nothing to FerretDB, which stands in for MongoDB here" >&2
			case $1 in *=*) shift ;; *) case ${2:-} in -* | '') shift ;; *) shift 2 ;; esac ;; esac ;;
	esac
done
mkdir -p "$data/.state"
echo "FerretDB stands in for MongoDB; waiting for connections on port $port"
export FERRETDB_TEST_ENABLE_NEW_AUTH=true LONGSHORE_MONGO_AUTH=$auth DO_NOT_TRACK=1
exec ferretdb --handler=sqlite --sqlite-url="file:$data/" --state-dir="$data/.state" --listen-addr="$host:$port" \
	--debug-addr=- --telemetry=disable --log-level=error
