"""Errors, and the one shape in which they leave: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DatabaseError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.resource import Reference

log = logging.getLogger("endoatlas")
MEDIA_TYPE = "application/problem+json"

KINDS = {
    "bad-request": "The request cannot be read.",
    "bad-cursor": "The cursor was not given out by this list, or does not fit its sort, filters or release any more.",
    "not-found": "There is nothing at this path.",
    "ambiguous-name": "The name belongs to several records; choose one of the suggestions.",
    "unknown-name": "No record has this name.",
    "invalid-parameter": "A parameter or a field of the body is unknown, repeated or has a value that is not allowed.",
    "method-not-allowed": "This path does not answer this method.",
    "body-too-large": "The body is larger than this service reads.",
    "store-unavailable": "The store cannot be read at the moment.",
    "not-ready": "The service cannot take every request at the moment.",
    "internal-error": "The service failed. It is not your request.",
}
"""Every problem type, by the last part of its URI path, with what it means."""


class ProblemDetail(BaseModel):
    """One fault, and where in the request it is."""

    location: str = Field(description="The parameter or field.", examples=["query.limit"])
    message: str = Field(description="What is wrong with it and what to do.")


class Problem(BaseModel):
    """What went wrong and what to change (RFC 9457)."""

    type: str = Field(description="Stable path that names the kind of problem.", examples=["/problems/not-found"])
    title: str = Field(description="What the kind of problem is.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request and what to do.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[ProblemDetail] = Field(default=[], description="The single faults, where there are several.")
    suggestions: list[Reference] = Field(default=[], description="Records that may be meant.")


class StoreError(Exception):
    """The store cannot be used; the message says why and what to do."""


class ProblemError(Exception):
    """An answer that is a problem document."""

    def __init__(  # noqa: PLR0913  # the parts of a problem document
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        errors: Sequence[ProblemDetail] = (),
        suggestions: Sequence[Reference] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.errors, self.suggestions, self.headers = list(errors), list(suggestions), headers or {}


def problem_response(error: ProblemError, path: str) -> Response:
    """The problem document of an error."""
    problem = Problem(
        type=f"/problems/{error.kind}",
        title=KINDS[error.kind],
        status=error.status,
        detail=error.detail,
        instance=path,
        errors=error.errors,
        suggestions=error.suggestions,
    )
    headers = {"cache-control": "no-store", **error.headers}
    return Response(problem.model_dump_json(), error.status, media_type=MEDIA_TYPE, headers=headers)


def _from_validation(error: RequestValidationError) -> ProblemError:
    details = [
        ProblemDetail(location=".".join(map(str, fault["loc"])), message=str(fault["msg"])) for fault in error.errors()
    ]
    unreadable = any(fault["type"] == "json_invalid" for fault in error.errors())
    status = HTTPStatus.BAD_REQUEST if unreadable else HTTPStatus.UNPROCESSABLE_ENTITY
    kind = "bad-request" if unreadable else "invalid-parameter"
    return ProblemError(status, kind, "; ".join(f"{d.location}: {d.message}" for d in details[:3]), errors=details)


def _from_http(error: HTTPException, request: Request) -> ProblemError:
    path = request.url.path
    kinds = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}
    kind = kinds.get(error.status_code, "bad-request" if error.status_code < 500 else "internal-error")
    detail = {
        404: f"Nothing is at {path}. GET /v1 lists what there is.",
        405: "This path does not answer this method; see /openapi.json.",
    }.get(error.status_code, str(error.detail))
    headers = {"allow": _allowed(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return ProblemError(HTTPStatus(error.status_code), kind, detail, headers=headers)


def _allowed(request: Request) -> str:
    """Every method the path answers; Starlette names only those of the first route that has the path."""

    def answers(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

    methods = [method for method in ("GET", "POST") if answers(method)]
    return ", ".join([*methods, "HEAD"] if "GET" in methods else methods)


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of the app leave as a problem document."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> Response:
        return problem_response(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        return problem_response(_from_validation(error), request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return problem_response(_from_http(error, request), request.url.path)

    async def _store(request: Request, error: Exception) -> Response:
        log.warning("store unavailable: %s", error)
        detail = "The store cannot be read at the moment; try again shortly."
        unavailable = ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", detail, headers={"retry-after": "5"}
        )
        return problem_response(unavailable, request.url.path)

    for kind in (DatabaseError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, _store)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, _: Exception) -> Response:
        detail = "The service failed on this request; the fault is logged."
        return problem_response(
            ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail), request.url.path
        )
