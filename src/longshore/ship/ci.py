"""`shore ship ci`: a workflow for GitHub that tests a commit and releases it by the same commands that one types by
hand. Pure."""

from __future__ import annotations

import re

from longshore.model.actions import CHECKOUT

__all__ = ["workflow"]


def workflow(project: str, version: str, registry: str, *, fresh: bool) -> str:
    """The workflow's text. `registry` is where images are published ("none": nowhere), `fresh` whether the file has
    checks of its own for `shore verify`. What differs from server to server are variables and secrets of the
    environment "production"."""
    host = registry.partition("/")[0] if registry != "none" else ""
    github = host == "ghcr.io"
    user = "${{ github.actor }}" if github else "${{ vars.REGISTRY_USER }}"
    token = "${{ secrets.GITHUB_TOKEN }}" if github else "${{ secrets.REGISTRY_TOKEN }}"
    needs = "" if github or not host else ", REGISTRY_USER (variable), REGISTRY_TOKEN (secret)"
    verify = "verify --fresh" if fresh else "verify"
    return f"""\
# Tests each commit, and releases those of the main branch.
# The environment "production" has: DEPLOY_TO (variable: user@host of a manager), SSH_KNOWN_HOSTS (variable:
# its line of known_hosts, from `ssh-keyscan host`, compared by you), SSH_KEY (secret){needs};
# ENV_FILE (secret, also of the repository): the text of .env, where the project has one.
name: Ship
on:
  push:
    branches: [main]
  pull_request:
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: ship-${{{{ github.ref }}}}
  cancel-in-progress: false
jobs:
  test:
    name: Test
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
    env:
      ENV_FILE: ${{{{ secrets.ENV_FILE }}}}
    steps:
{_prepared(version)}
      - name: Start
        run: '"$RUNNER_TEMP/shore/bin/shore" -p {project}-test up -d --wait'
      - name: Verify
        run: '"$RUNNER_TEMP/shore/bin/shore" -p {project}-test {verify}'
      - name: What it wrote
        if: failure()
        run: '"$RUNNER_TEMP/shore/bin/shore" -p {project}-test logs --tail 200'
      - name: Stop
        if: always()
        run: '"$RUNNER_TEMP/shore/bin/shore" -p {project}-test down -v'
  ship:
    name: Ship
    needs: test
    if: github.event_name != 'pull_request' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
{"      packages: write  # images are published there" + chr(10) if github else ""}\
    environment: production
    env:
      ENV_FILE: ${{{{ secrets.ENV_FILE }}}}
      DEPLOY_TO: ${{{{ vars.DEPLOY_TO }}}}
    steps:
{_prepared(version)}
{_login(host, user, token) if host else ""}\
      - name: Connect
        env:
          SSH_KEY: ${{{{ secrets.SSH_KEY }}}}
          SSH_KNOWN_HOSTS: ${{{{ vars.SSH_KNOWN_HOSTS }}}}
        run: |
          install -m 700 -d "$RUNNER_TEMP/ssh"
          (umask 077 && printf '%s\\n' "$SSH_KEY" > "$RUNNER_TEMP/ssh/key")
          printf '%s\\n' "$SSH_KNOWN_HOSTS" > "$RUNNER_TEMP/ssh/known_hosts"
          ssh -fN -i "$RUNNER_TEMP/ssh/key" -o BatchMode=yes -o StrictHostKeyChecking=yes \\
            -o UserKnownHostsFile="$RUNNER_TEMP/ssh/known_hosts" -o ExitOnForwardFailure=yes \\
            -o ServerAliveInterval=15 -L "$RUNNER_TEMP/docker.sock:/var/run/docker.sock" "$DEPLOY_TO"
      - name: Release
        run: DOCKER_HOST="unix://$RUNNER_TEMP/docker.sock" "$RUNNER_TEMP/shore/bin/shore" -p {project} ship
      - name: What is live
        if: always()
        run: DOCKER_HOST="unix://$RUNNER_TEMP/docker.sock" "$RUNNER_TEMP/shore/bin/shore" -p {project} ship status
"""


def _prepared(version: str) -> str:
    return f"""\
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - name: Install
        run: |
          python3 -m venv "$RUNNER_TEMP/shore"
          "$RUNNER_TEMP/shore/bin/pip" install longshore=={re.sub(r"[^0-9A-Za-z.+-]", "", version)}
          if [ -n "$ENV_FILE" ]; then (umask 077 && printf '%s\\n' "$ENV_FILE" > .env); fi"""


def _login(host: str, user: str, token: str) -> str:
    return f"""\
      - name: Sign in to the registry
        env:
          REGISTRY_USER: {user}
          REGISTRY_TOKEN: {token}
        run: printf '%s' "$REGISTRY_TOKEN" | docker login {host} --username "$REGISTRY_USER" --password-stdin
"""
