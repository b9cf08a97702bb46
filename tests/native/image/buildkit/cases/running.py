"""RUN: its mounts, network, environment and what it leaves in the layer."""

from __future__ import annotations

from tests.native.image.buildkit.case import FEIGNED, NO_DEVICES, REFUSED, Case, Dir, File, Link

__all__ = ["CASES"]

NO_OWNERS = "owners are not real in an ordinary user's RUN"

CASES = (
    Case("run-leaves-nothing-of-its-own", "FROM base\nRUN true\n"),
    Case("run-nothing-in-scratch-folders", "FROM base\nRUN ls -A /run /dev/shm /mnt /srv /var/tmp /tmp > /f\n"),
    Case(
        "run-environment",
        "FROM base\nARG A=1\nENV B=2\nRUN env | grep -E '^(A|B|HOME|HOSTNAME|PATH|PWD|SHLVL|_)=' | sort > /f\n",
    ),
    Case("run-umask-and-cwd", "FROM base\nRUN umask > /f; pwd >> /f\nWORKDIR /w\nRUN pwd >> /f\n"),
    Case("run-stdin-is-empty", "FROM base\nRUN cat > /f; echo end >> /f\n"),
    Case("run-hostname", "FROM base\nRUN hostname > /f; cat /etc/hostname >> /f\n"),
    Case("run-hosts", "FROM base\nRUN grep -e other -e sandbox /etc/hosts | sort > /f\n", hosts=("other:10.0.0.7",)),
    Case(
        "run-writes-hosts",
        "FROM base\nRUN echo 1.2.3.4 x >> /etc/hosts; echo nameserver 1.1.1.1 > /etc/resolv.conf\n",
        says=("2",),
    ),
    Case(
        "run-changes-modes",
        "FROM base\nRUN chmod 700 /base/plain && chmod 600 /base/file && chmod 4755 /base/to-file\n",
    ),
    Case(
        "run-changes-owners",
        "FROM base\nRUN chown app:team /base/plain /base/file && chown -h app /base/to-file\n",
        root_only=NO_OWNERS,
    ),
    Case("run-removes", "FROM base\nRUN rm -r /base/dir && rm /base/file /base/link\n"),
    Case(
        "run-removes-and-makes-again", "FROM base\nRUN rm -r /base/dir && mkdir /base/dir && echo n > /base/dir/new\n"
    ),
    Case("run-replaces-folder-by-file", "FROM base\nRUN rm -r /base/plain && echo n > /base/plain\n"),
    Case(
        "run-makes-what-another-removed",
        "FROM base\nRUN echo 1 > /f && mkdir /d && touch /d/x\nRUN rm -r /f /d\nRUN mkdir /d\n",
    ),
    Case("run-renames-folder", "FROM base\nRUN mv /base/dir /base/moved\n"),
    Case(
        "run-links-and-fifos",
        "FROM base\nRUN mkdir /o && echo 1 > /o/f && ln /o/f /o/g && ln -s f /o/l && mkfifo /o/p\n",
    ),
    Case("run-hard-link-to-base", "FROM base\nRUN ln /base/file /base/second\n"),
    Case("run-makes-device", "FROM base\nRUN mkdir /o && mknod /o/null c 1 3\n", differs=NO_DEVICES, root_only=FEIGNED),
    Case("run-special-modes", "FROM base\nRUN mkdir -m 1777 /t && mkdir -m 2755 /g && touch /s && chmod 6711 /s\n"),
    Case(
        "run-in-dev-and-proc",
        "FROM base\nRUN touch /dev/x /dev/shm/y; mkdir /dev/d; ls /dev/null /proc/self/status > /f\n",
    ),
    Case("run-in-run-and-tmp", "FROM base\nRUN touch /run/x /tmp/y && mkdir -p /run/d/e\n"),
    Case("run-fails", "FROM base\nRUN echo said; exit 3\n", says=("3",)),
    Case("run-fails-second-line", "FROM base\nENV A=1\n\nRUN true \\\n && false \\\n && true\nENV B=2\n", says=("1",)),
    Case("run-not-found", "FROM base\nRUN nosuchprogram\n", says=("127",)),
    Case("run-json-not-found", 'FROM base\nRUN ["nosuchprogram"]\n', says=("nosuchprogram",)),
    Case("run-killed", "FROM base\nRUN kill -9 $$; echo alive > /f\n"),
    Case("run-without-shell", "FROM scratch\nRUN true\n", says=REFUSED),
    Case("run-json-no-shell-variables", 'FROM base\nENV A=1\nRUN ["/bin/echo", "$A"]\nRUN ["/usr/bin/touch", "/$A"]\n'),
    Case("run-background-process-ends", "FROM base\nRUN sleep 100 & echo x > /f\n"),
    Case("run-file-time-kept", "FROM base\nRUN touch -d @950000000 /f && mkdir /d && touch -d @940000000 /d\n"),
    Case(
        "run-setuid-program-works",
        "FROM base\nUSER app\nRUN test -u /usr/bin/passwd && echo set > /tmp/f\n",
        root_only="no set-id programs in an ordinary user's layers",
    ),
    Case(
        "run-limits", "FROM base\nRUN ulimit -n > /dev/null; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status > /f\n"
    ),
    Case(
        "run-capabilities",
        "FROM base\nRUN grep -E '^Cap(Eff|Bnd|Prm|Inh|Amb)' /proc/self/status > /f\n",
        differs=NO_DEVICES,
        root_only="all are its own user namespace's",
    ),
    # network
    Case(
        "run-network-none",
        "FROM base\n"
        "RUN --network=none ls /sys/class/net | tr '\\n' ' ' > /f; tail -n +3 /proc/net/dev | cut -d: -f1 | tr "
        "-d ' ' > /g\n",
    ),
    Case(
        "run-network-none-loopback", "FROM base\nRUN --network=none cat /proc/net/fib_trie | grep -c 127.0.0.1 > /f\n"
    ),
    Case("run-network-of-the-build-none", "FROM base\nRUN ls /sys/class/net | tr '\\n' ' ' > /f\n", network="none"),
    Case(
        "run-network-default-over-build-none",
        "FROM base\nRUN --network=default ls /sys/class/net | tr '\\n' ' ' > /f\n",
        network="none",
    ),
    Case("run-network-unknown", "FROM base\nRUN --network=other true\n", says=("other",)),
    Case("run-network-twice", "FROM base\nRUN --network=none --network=host true\n", says=("network",)),
    # mounts: bind
    Case(
        "mount-context",
        "FROM base\nRUN --mount=target=/c cd /c && find . -printf '%y %m %p %l\\n' | sort -k3 > /f\n",
        {"a": File("a", 0o640), "d": Dir(0o711), "d/x": File("x", 0o755)},
    ),
    Case(
        "mount-context-owners",
        "FROM base\nRUN --mount=target=/c cd /c && stat -c '%u:%g %n' . a > /f\n",
        {"a": "a"},
        root_only=NO_OWNERS,
    ),
    Case(
        "mount-context-source",
        "FROM base\nRUN --mount=type=bind,source=d,target=/c ls /c > /f\n"
        "RUN --mount=source=d/x,target=/one cat /one >> /f\n",
        {"d/x": "x\n"},
    ),
    Case(
        "mount-bind-read-only",
        "FROM base\nRUN --mount=target=/c ! touch /c/new 2> /dev/null && echo refused > /f\n",
        {"a": "a"},
    ),
    Case(
        "mount-bind-rw-is-thrown-away",
        "FROM base\nRUN --mount=target=/c,rw echo new > /c/new && cat /c/new > /f\nRUN --mount=target=/c ls /c >> /f\n",
        {"a": "a"},
    ),
    Case(
        "mount-bind-from-stage",
        "FROM base AS s\nRUN mkdir /o && echo 1 > /o/f\nFROM base\n"
        "RUN --mount=from=s,source=/o,target=/m cat /m/f > /f\n",
    ),
    Case(
        "mount-bind-from-keeps-owner",
        "FROM base AS s\nRUN mkdir /o && echo 1 > /o/f && chown app:team /o/f && chmod 600 /o/f\nFROM base\n"
        "RUN --mount=from=s,source=/o,target=/m stat -c '%u:%g %a %n' /m/f > /f\n",
        root_only=NO_OWNERS,
    ),
    Case(
        "mount-bind-from-whole-stage",
        "FROM base AS s\nRUN echo 1 > /in-s\nFROM base\n"
        "RUN --mount=from=s,target=/m cat /m/in-s > /f; ls /m/base >> /f\n",
    ),
    Case(
        "mount-bind-from-image",
        "FROM base\nRUN --mount=from=made,source=/o,target=/m cat /m/f > /f\n",
        made="FROM base\nRUN mkdir /o && echo 1 > /o/f\n",
    ),
    Case(
        "mount-bind-from-number",
        "FROM base AS s\nRUN echo 1 > /o\nFROM base\nRUN --mount=from=0,source=/o,target=/m cat /m > /f\n",
        says=("0",),
    ),
    Case(
        "mount-bind-from-named-context",
        "FROM base\nRUN --mount=from=more,target=/m ls /m > /f\n",
        named={"more": {"f": "f"}},
    ),
    Case("mount-bind-missing-source", "FROM base\nRUN --mount=source=none,target=/m true\n", says=("none",)),
    Case("mount-bind-relative-target", "FROM base\nWORKDIR /w\nRUN --mount=target=c ls /w/c > /f\n", {"a": "a"}),
    Case(
        "mount-bind-over-existing",
        "FROM base\nRUN --mount=target=/base/dir ls /base/dir > /f\nRUN ls /base/dir >> /f\n",
        {"a": "a"},
    ),
    Case("mount-bind-no-target", "FROM base\nRUN --mount=type=bind true\n", {"a": "a"}, says=("target",)),
    Case("mount-bind-root-target", "FROM base\nRUN --mount=target=/ true\n", says=("target",)),
    Case(
        "mount-target-leaves-no-trace",
        "FROM base\nRUN --mount=target=/new/deep/c true\nRUN --mount=type=cache,target=/cache/x true\n",
        {"a": "a"},
    ),
    Case(
        "mount-link-inside-stays",
        "FROM base\nRUN --mount=target=/c readlink /c/l > /f; cat /c/l >> /f\n",
        {"a": "a\n", "l": Link("a")},
    ),
    Case(
        "mount-variables",
        "FROM base\nARG T=/c S=d\nENV E=x\nRUN --mount=type=bind,source=$S,target=${T}/$E ls /c/x > /f\n",
        {"d/x": "x"},
    ),
    # mounts: cache
    Case(
        "mount-cache-kept",
        "FROM base\nRUN --mount=type=cache,target=/kept echo 1 >> /kept/n\n"
        "RUN --mount=type=cache,target=/kept cat /kept/n > /f; ls -A /kept >> /f\n",
    ),
    Case(
        "mount-cache-by-id",
        "FROM base\nRUN --mount=type=cache,id=by-id,target=/one echo 1 > /one/n\n"
        "RUN --mount=type=cache,id=by-id,target=/two ls /two > /f\n"
        "RUN --mount=type=cache,target=/one ls -A /one > /g\n",
    ),
    Case(
        "mount-cache-id-is-clean-target",
        "FROM base\nRUN --mount=type=cache,target=/clean/ echo 1 > /clean/n\n"
        "RUN --mount=type=cache,target=/x/../clean ls /clean > /f\n",
    ),
    Case(
        "mount-cache-relative",
        "FROM base\nWORKDIR /w\nRUN --mount=type=cache,target=rel-cache echo 1 > /w/rel-cache/n\nWORKDIR /v\n"
        "RUN --mount=type=cache,target=rel-cache ls /v/rel-cache > /f\n",
    ),
    Case(
        "mount-cache-mode-and-owner",
        "FROM base\nRUN --mount=type=cache,id=m1,target=/c,mode=0700,uid=2000,gid=3000 stat -c '%a %u:%g' /c > /f\n"
        "RUN --mount=type=cache,id=m2,target=/c,uid=5 stat -c '%a %u:%g' /c >> /f\n"
        "RUN --mount=type=cache,id=m3,target=/c stat -c '%a %u:%g' /c >> /f\n",
        root_only=NO_OWNERS,
    ),
    Case("mount-cache-mode", "FROM base\nRUN --mount=type=cache,id=m4,target=/c,mode=0711 stat -c %a /c > /f\n"),
    Case(
        "mount-cache-other-mode-other-cache",
        "FROM base\nRUN --mount=type=cache,id=m5,target=/c touch /c/x\n"
        "RUN --mount=type=cache,id=m5,target=/c,mode=0700 ls -A /c > /f; stat -c %a /c >> /f\n",
    ),
    Case(
        "mount-cache-writable-by-its-user",
        "FROM base\nUSER app\nRUN --mount=type=cache,id=m6,target=/c,uid=2000,gid=2001 touch /c/x && ls /c > /tmp/f\n",
    ),
    Case(
        "mount-cache-from-stage",
        "FROM base AS s\nRUN mkdir /seed && echo seed > /seed/s\nFROM base\n"
        "RUN --mount=type=cache,id=m7,target=/c,from=s,source=/seed ls /c > /f; echo more > /c/m\n"
        "RUN --mount=type=cache,id=m7,target=/c,from=s,source=/seed ls /c >> /f\n",
    ),
    Case(
        "mount-cache-from-context",
        "FROM base\nRUN --mount=type=cache,id=m8,target=/c,from=s,source=/seed cat /c/s > /f\n",
        named={"s": {"seed/s": "s\n"}},
    ),
    Case(
        "mount-cache-from-whole",
        "FROM scratch AS s\nCOPY a /a\nFROM base\nRUN --mount=type=cache,id=m9,target=/c,from=s ls /c > /f\n",
        {"a": "a"},
    ),
    Case(
        "mount-cache-from-other-source-other-cache",
        "FROM scratch AS s\nCOPY a /a\nFROM base\nRUN --mount=type=cache,id=m10,target=/c echo > /c/own\n"
        "RUN --mount=type=cache,id=m10,target=/c,from=s ls /c > /f\n",
        {"a": "a"},
    ),
    Case(
        "mount-cache-read-only",
        "FROM base\nRUN --mount=type=cache,id=m11,target=/c,ro ! touch /c/x 2> /dev/null && echo refused > /f\n",
    ),
    Case(
        "mount-cache-sharing",
        "FROM base\nRUN --mount=type=cache,id=m12,target=/c,sharing=locked echo 1 > /c/n\n"
        "RUN --mount=type=cache,id=m12,target=/c,sharing=shared ls /c > /f\n"
        "RUN --mount=type=cache,id=m12,target=/c,sharing=private ls /c >> /f\n",
    ),
    Case(
        "mount-cache-sharing-unknown",
        "FROM base\nRUN --mount=type=cache,target=/c,sharing=other true\n",
        says=("other",),
    ),
    Case(
        "mount-cache-twice",
        "FROM base\n"
        "RUN --mount=type=cache,id=m13,target=/a --mount=type=cache,id=m13,target=/b echo x > /a/n; ls /b > /f\n",
    ),
    # mounts: tmpfs
    Case(
        "mount-tmpfs",
        "FROM base\n"
        "RUN --mount=type=tmpfs,target=/t echo x > /t/y && ls /t > /f; stat -c '%a' /t >> /f; stat -f -c %T /t "
        ">> /f\n",
    ),
    Case(
        "mount-tmpfs-size",
        "FROM base\nRUN --mount=type=tmpfs,target=/t,size=1m df -k /t | awk 'NR>1{print $2}' > /f\n"
        "RUN --mount=type=tmpfs,target=/t,size=2097152 df -k /t | awk 'NR>1{print $2}' >> /f\n",
    ),
    Case("mount-tmpfs-size-wrong", "FROM base\nRUN --mount=type=tmpfs,target=/t,size=many true\n", says=("size",)),
    Case("mount-tmpfs-hides", "FROM base\nRUN --mount=type=tmpfs,target=/base ls -A /base > /f; touch /base/x\n"),
    # mounts: secrets
    Case(
        "mount-secret",
        "FROM base\nRUN --mount=type=secret,id=tok cat /run/secrets/tok > /f; stat -c '%a' /run/secrets/tok >> /f\n",
        secrets={"tok": "s3"},
    ),
    Case(
        "mount-secret-target",
        "FROM base\nWORKDIR /w\nRUN --mount=type=secret,id=tok,target=/etc/tok cat /etc/tok > /f\n"
        "RUN --mount=type=secret,id=tok,target=rel.txt cat /w/rel.txt >> /f\n",
        secrets={"tok": "s3\n"},
    ),
    Case(
        "mount-secret-id-from-target",
        "FROM base\nRUN --mount=type=secret,target=/etc/tok cat /etc/tok > /f\n",
        secrets={"tok": "s3\n"},
    ),
    Case(
        "mount-secret-source",
        "FROM base\nRUN --mount=type=secret,source=tok,target=/etc/x cat /etc/x > /f\n",
        secrets={"tok": "s3\n"},
    ),
    Case(
        "mount-secret-env",
        "FROM base\n"
        "RUN --mount=type=secret,id=tok,env=TOKEN echo $TOKEN > /f; ls /run/secrets >> /f 2>/dev/null; true\n",
        secrets={"tok": "s3"},
    ),
    Case(
        "mount-secret-env-and-target",
        "FROM base\nRUN --mount=type=secret,id=tok,env=TOKEN,target=/etc/tok echo $TOKEN > /f; cat /etc/tok >> /f\n",
        secrets={"tok": "s3\n"},
    ),
    Case(
        "mount-secret-mode-and-owner",
        "FROM base\n"
        "RUN --mount=type=secret,id=tok,mode=0440,uid=2000,gid=3000 stat -c '%a %u:%g' /run/secrets/tok > /f\n"
        "RUN --mount=type=secret,id=tok,uid=7 stat -c '%a %u:%g' /run/secrets/tok >> /f\n",
        secrets={"tok": "s3"},
        root_only=NO_OWNERS,
    ),
    Case(
        "mount-secret-read-by-user",
        "FROM base\nUSER app\nRUN --mount=type=secret,id=tok,uid=2000 cat /run/secrets/tok > /tmp/f\n",
        secrets={"tok": "s3\n"},
    ),
    Case(
        "mount-secret-not-for-user",
        "FROM base\nUSER app\n"
        "RUN --mount=type=secret,id=tok ! cat /run/secrets/tok 2> /dev/null && echo refused > /tmp/f\n",
        secrets={"tok": "s3\n"},
        root_only="files of an ordinary user's build are all its own",
    ),
    Case(
        "mount-secret-missing",
        "FROM base\nRUN --mount=type=secret,id=none ls /run/secrets > /f 2>/dev/null; echo end >> /f\n",
    ),
    Case("mount-secret-missing-required", "FROM base\nRUN --mount=type=secret,id=none,required true\n", says=("none",)),
    Case(
        "mount-secret-missing-required-true",
        "FROM base\nRUN --mount=type=secret,id=none,required=true true\n",
        says=("none",),
    ),
    Case("mount-secret-required-false", "FROM base\nRUN --mount=type=secret,id=none,required=false echo x > /f\n"),
    Case(
        "mount-secret-not-in-layer",
        "FROM base\nRUN --mount=type=secret,id=tok true\nRUN --mount=type=secret,id=tok,target=/new/place/tok true\n",
        secrets={"tok": "s3"},
    ),
    Case("mount-secret-no-id", "FROM base\nRUN --mount=type=secret true\n", says=("secret",)),
    Case("mount-secret-both", "FROM base\nRUN --mount=type=secret,id=a,source=b true\n", says=("source", "id")),
    Case("mount-secret-with-from", "FROM base\nRUN --mount=type=secret,id=a,from=base true\n", says=("from",)),
    # mounts: grammar
    Case(
        "mount-several",
        "FROM base\n"
        "RUN --mount=type=tmpfs,target=/t --mount=type=cache,id=mx,target=/c --mount=target=/b touch /t/1 /c/2 "
        "&& ls /t /c /b > /f\n",
        {"a": "a"},
    ),
    Case(
        "mount-csv-quotes", "FROM base\nRUN --mount='type=bind,\"source=a,b\",target=/c' ls /c > /f\n", {"a,b/x": "x"}
    ),
    Case("mount-upper-case-type", "FROM base\nRUN --mount=type=TMPFS,TARGET=/t touch /t/x && ls /t > /f\n"),
    Case("mount-unknown-type", "FROM base\nRUN --mount=type=npipe,target=/t true\n", says=("npipe",)),
    Case("mount-unknown-key", "FROM base\nRUN --mount=type=bind,target=/t,nonsense=1 true\n", says=("nonsense",)),
    Case("mount-key-without-value", "FROM base\nRUN --mount=type=bind,target true\n", says=("target",)),
    Case("mount-bind-with-mode", "FROM base\nRUN --mount=type=bind,target=/t,mode=0700 true\n", says=("mode",)),
    Case("mount-bind-with-size", "FROM base\nRUN --mount=type=bind,target=/t,size=1m true\n", says=("size",)),
    Case(
        "mount-bind-with-required",
        "FROM base\nRUN --mount=type=bind,target=/t,required=true true\n",
        says=("required",),
    ),
    Case(
        "mount-bind-with-sharing", "FROM base\nRUN --mount=type=bind,target=/t,sharing=locked true\n", says=("sharing",)
    ),
    Case("mount-wrong-mode", "FROM base\nRUN --mount=type=cache,target=/t,mode=abc true\n", says=("abc", "mode")),
    Case("mount-wrong-uid", "FROM base\nRUN --mount=type=cache,target=/t,uid=app true\n", says=("app", "uid")),
    Case("mount-readonly-wrong", "FROM base\nRUN --mount=type=bind,target=/t,ro=perhaps true\n", says=("perhaps",)),
    Case(
        "mount-ssh",
        "FROM base\nRUN --mount=type=ssh echo ${SSH_AUTH_SOCK:-none} > /f\n",
        differs="no SSH agent is handed to a native build, so a step that asks for one is refused",
    ),
    Case("mount-in-json-run", 'FROM base\nRUN --mount=type=tmpfs,target=/t ["sh", "-c", "touch /t/x && ls /t > /f"]\n'),
    Case("run-security-sandbox", "FROM base\nRUN --security=sandbox echo x > /f\n"),
    Case("run-security-insecure", "FROM base\nRUN --security=insecure true\n", says=("insecure",)),
    Case("run-security-unknown", "FROM base\nRUN --security=other true\n", says=("other",)),
)
