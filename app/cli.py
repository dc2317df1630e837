"""The `endoatlas` command."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from starlette.types import ASGIApp

from app.resources import RESOURCES
from app.seed.read import SeedFiles
from app.settings import Settings, project_folder

app = typer.Typer(no_args_is_help=True, help="Serve and curate EndoAtlas.", rich_markup_mode=None)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

SeedFolder = Annotated[Path, typer.Argument(help="Folder of seed files.", exists=True, file_okay=False)]
SEEDS = project_folder("seed_data")


@app.command(epilog="Example: endoatlas check seed_data --reasoning")
def check(
    folder: SeedFolder = SEEDS,
    reasoning: Annotated[
        bool, typer.Option("--reasoning", help="Also list what the graph of interactions contradicts or lacks.")
    ] = False,
) -> None:
    """Hold seed data against every rule and list what breaks one."""
    from app.seed.rules import check as check_seeds

    reading, problems = check_seeds(folder, RESOURCES)
    for problem in problems:
        err.print(str(problem), markup=False)
    if problems:
        err.print(
            f"{len(problems)} problems in {len({problem.file for problem in problems})} files; nothing was loaded"
        )
        raise typer.Exit(1)
    out.print(f"{len(reading.records)} records, no problems")
    if reasoning:
        _check_reasoning(reading)


def _check_reasoning(reading: SeedFiles) -> None:
    """Lists contradictions and gaps; the former fail the check."""
    from rich.progress import track

    from app.indexes.contradictions import CHECKS
    from app.indexes.edges import Facts
    from app.indexes.effects import Reasoner
    from app.indexes.graph import Graph
    from app.seed.load import render

    facts = Facts()
    for record in render(reading.records):
        facts.take(json.loads(record.document))
    reasoner = Reasoner(Graph(facts))
    checks = track(CHECKS, "reasoning", console=err, transient=True)
    found = sorted(finding for each in checks for finding in each(reasoner))
    for finding in found:
        place = reading.places[finding.key]
        out.print(f"{place.file}:{place.line(())}: {finding.key} {finding.message} [{finding.kind}]", markup=False)
    wrong = sum(finding.contradiction for finding in found)
    out.print(f"{wrong} contradictions, {len(found) - wrong} gaps")
    if wrong:
        raise typer.Exit(1)


@app.command(epilog="Example: endoatlas fmt seed_data")
def fmt(folder: SeedFolder = SEEDS) -> None:
    """Write seed files in canonical form, and the JSON Schemas that editors check them with."""
    from app.seed.canonical import canonical, schema
    from app.seed.read import UnreadableError, read_text, seed_files

    changed, failed = 0, 0
    (folder / "schemas").mkdir(exist_ok=True)
    for resource in RESOURCES:
        (folder / "schemas" / f"{resource.name}.json").write_text(schema(resource), encoding="utf-8")
        for file in seed_files(folder, resource):
            try:
                text = read_text(file)
                wanted = canonical(text, resource)
            except UnreadableError as fault:
                err.print(f"{file}:{fault.line}: {fault.message}; left as it is. mend: {fault.mend}", markup=False)
                failed += 1
                continue
            if wanted != text:
                file.write_text(wanted, encoding="utf-8")
                changed += 1
    out.print(f"{changed} files rewritten")
    if failed:
        raise typer.Exit(1)


@app.command(epilog="Example: endoatlas load seed_data")
def load(folder: SeedFolder = SEEDS) -> None:
    """Migrate the store and make the seed data its release. Nothing changes unless all of it is right."""
    from rich.progress import Progress

    from app.db import writing_engine
    from app.seed import load as loading
    from app.seed.rules import check as check_seeds

    settings = _settings()
    reading, problems = check_seeds(folder, RESOURCES)
    if problems:
        for problem in problems:
            err.print(str(problem), markup=False)
        err.print(f"{len(problems)} problems; nothing was loaded")
        raise typer.Exit(1)
    with _store_errors(), Progress(console=err, transient=True) as progress:
        engine = writing_engine(settings.database_url, settings.busy_timeout)
        try:
            task = progress.add_task("rendering", total=None)
            rendered = loading.render(reading.records)
            loading.migrate(engine)
            outcome = loading.load(
                engine,
                rendered,
                lambda step, done, total: progress.update(task, description=step, completed=done, total=total),
            )
        finally:
            engine.dispose()
    if outcome.unchanged:
        out.print(f"release {outcome.release}: {len(rendered)} records, nothing changed")
    else:
        counts = f"{outcome.added} added, {outcome.changed} changed, {outcome.removed} removed"
        out.print(f"release {outcome.release}: {len(rendered)} records, {counts}")


class Server(StrEnum):
    """A server to run the service with."""

    UVICORN = "uvicorn"
    GRANIAN = "granian"


@app.command(epilog="Example: endoatlas serve --port 8080 --workers 2")
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of ENDOATLAS_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, instead of ENDOATLAS_PORT.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
    server: Annotated[Server, typer.Option(help="Granian has to be installed: endoatlas[granian].")] = Server.UVICORN,
) -> None:
    """Serve the store's release over HTTP. On SIGTERM, what is being answered is finished first."""
    gc.disable()  # until the first release's indexes are built: importing is a third faster
    from app.main import METRICS_FOLDER, create_app

    settings = _settings()
    with _store_errors():
        service = create_app(settings) if workers == 1 and server is Server.UVICORN else None
    address = (host or settings.host, settings.port if port is None else port)
    with TemporaryDirectory(prefix="endoatlas-") as folder:
        if service is None:
            os.environ[METRICS_FOLDER] = folder
        if server is Server.GRANIAN:
            _serve_with_granian(*address, workers)
        else:
            _serve_with_uvicorn(service, *address, workers)


def _serve_with_uvicorn(service: ASGIApp | None, host: str, port: int, workers: int) -> None:
    """With `service` in this process, or with workers that each make their own."""
    import uvicorn

    from app.logs import CONFIG

    uvicorn.run(
        service or "app.main:service",
        factory=service is None,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=CONFIG,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=8,
    )


def _serve_with_granian(host: str, port: int, workers: int) -> None:
    try:
        from granian.constants import Interfaces
        from granian.server import Server as Granian
    except ImportError:
        err.print("granian is not installed. Run `pip install endoatlas[granian]`, or serve with uvicorn.")
        raise typer.Exit(1) from None
    from app.logs import CONFIG

    Granian(
        "app.main:service",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        log_dictconfig=CONFIG,
        workers_kill_timeout=10,
    ).serve()


@app.command(epilog="Example: endoatlas export var/export")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made if missing.", file_okay=False)],
) -> None:
    """Write every resource of the store's release as JSON Lines and CSV; the glossary as JSON-LD and Turtle too."""
    from rich.progress import track

    from app.db import reading_engine
    from app.export import export as lines
    from app.export import formats
    from app.seed.load import open_store

    settings = _settings()
    with _store_errors():
        engine = reading_engine(settings.database_url, settings.busy_timeout)
        store = open_store(engine)
        folder.mkdir(parents=True, exist_ok=True)
        with store.read() as reading:
            files = [(resource, form) for resource in RESOURCES for form in formats(resource)]
            for resource, form in track(files, "exporting", console=err, transient=True):
                with (folder / f"{resource.name}.{form}").open("wb") as file:
                    file.writelines(lines(reading, resource, form))
            out.print(f"release {reading.release_id}: {len(files)} files in {folder}")
        engine.dispose()


@app.command(epilog="Example: endoatlas openapi > openapi.json")
def openapi() -> None:
    """Print the OpenAPI document, with examples from the store's release."""
    from app.main import openapi_text

    with _store_errors():
        typer.echo(openapi_text(_settings()), nl=False)


def _settings() -> Settings:
    """The settings from the environment; a wrong one is named on stderr, with exit status 1."""
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            variable = f"ENDOATLAS_{str(fault['loc'][0]).upper()}"
            err.print(f"{variable}={fault['input']!r} cannot be used: {fault['msg']}", markup=False)
        raise typer.Exit(1) from error


@contextmanager
def _store_errors() -> Iterator[None]:
    """Turn a store that cannot be used into one line on stderr and exit status 1."""
    from sqlalchemy.exc import DBAPIError

    from app.errors import StoreError

    try:
        yield
    except (StoreError, OSError) as error:
        err.print(str(error), markup=False)
        raise typer.Exit(1) from error
    except DBAPIError as error:
        err.print(f"The database failed: {str(error.orig).strip()}. Check ENDOATLAS_DATABASE_URL.", markup=False)
        raise typer.Exit(1) from error
