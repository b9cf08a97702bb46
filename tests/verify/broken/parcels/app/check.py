"""What the health check runs: exit code 0 when the address answers well."""

import sys
import urllib.request

urllib.request.urlopen(sys.argv[1], timeout=2)
