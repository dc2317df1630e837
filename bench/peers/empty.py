"""An empty POST on FastAPI: a body is read and an empty object answered. What any handler of it costs at least."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})


@app.get("/ready")
def ready() -> dict[str, Any]:
    return {}


@app.post("/")
def empty(body: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  # read and left
    return {}
