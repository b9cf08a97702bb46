import os
from pathlib import Path

import psycopg
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

app = FastAPI()
ADDRESS = os.environ["DATABASE_URL"].replace("+psycopg", "")
PAGE = '<!doctype html><title>Letters</title><h1>Letters</h1><script src="/app.js"></script>'


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    return PAGE


@app.get("/app.js")
def script() -> Response:
    return Response(Path(__file__).with_name("app.js").read_text(), media_type="text/javascript")


@app.get("/health")
def health() -> dict[str, str]:
    with psycopg.connect(ADDRESS, connect_timeout=2) as there:
        there.execute("SELECT 1 FROM letter LIMIT 1")
    return {"status": "ok"}
