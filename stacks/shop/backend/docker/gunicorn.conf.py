"""Gunicorn: a few workers with threads, logs to stdout and stderr, nothing written outside of shared memory."""

import os

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))

# The heartbeat file must not lie on a disk that may stall, and the root file system is read-only.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True

# Finish what is running when told to stop; the container's grace period is longer than this.
graceful_timeout = 20
timeout = 30
# Longer than nginx keeps a connection to here, so that none is closed while a request is on its way.
keepalive = 75

# A leak, should there be one, does not grow for ever; the jitter keeps the workers from leaving together.
max_requests = 5000
max_requests_jitter = 500

accesslog = "-"
errorlog = "-"
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s %(M)sms'
