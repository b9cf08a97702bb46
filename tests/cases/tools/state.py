"""Lines of `ps --format json` as "service state": with the exit code of one that ended, the health of one that runs."""

import json
import sys

LINES = []
for line in sys.stdin:
    row = json.loads(line)
    code = row["ExitCode"] if row["State"] in ("exited", "dead") else ""
    health = row["Health"] if row["State"] == "running" else ""
    LINES.append(" ".join(str(word) for word in (row["Service"], row["State"], code, health) if word != ""))
print("\n".join(sorted(LINES)))
