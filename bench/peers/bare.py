"""The ceiling: a bare ASGI app that returns the very bytes another service gave, headers included, and does no more.

`TARGET` is that service's address, `URLS` a file of paths that are asked for.
"""

from __future__ import annotations

import http.client
import os
from pathlib import Path
from typing import Any

Answer = tuple[dict[str, Any], dict[str, Any]]


def _learn(target: str, paths: list[str]) -> dict[str, Answer]:
    connection = http.client.HTTPConnection(target.removeprefix("http://"))
    answers = {}
    for path in dict.fromkeys(paths):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        once = {"date", "server-timing", "x-request-id"}
        headers = [(k.lower().encode(), v.encode()) for k, v in answer.getheaders() if k.lower() not in once]
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        answers[path] = (start, {"type": "http.response.body", "body": body})
    return answers


ANSWERS = _learn(os.environ["TARGET"], Path(os.environ["URLS"]).read_text().split())


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    start, body = ANSWERS[scope["path"]]
    await send(start)
    await send(body)
