"""The `endoatlas` command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.resources import RESOURCES

app = typer.Typer(no_args_is_help=True, help="Serve and curate EndoAtlas.", rich_markup_mode=None)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

SeedFolder = Annotated[Path, typer.Argument(help="Folder of seed files.", exists=True, file_okay=False)]
SEEDS = Path("seed_data")


@app.command(epilog="Example: endoatlas check seed_data")
def check(folder: SeedFolder = SEEDS) -> None:
    """Hold seed data against every rule and list what breaks one."""
    from app.seed.rules import check as check_seeds

    reading, problems = check_seeds(folder, RESOURCES)
    for problem in problems:
        err.print(str(problem), markup=False)
    if problems:
        err.print(f"{len(problems)} problems in {len({problem.file for problem in problems})} files; nothing was loaded")
        raise typer.Exit(1)
    out.print(f"{len(reading.records)} records, no problems")


@app.command(epilog="Example: endoatlas fmt seed_data")
def fmt(folder: SeedFolder = SEEDS) -> None:
    """Write seed files in canonical form, and the JSON Schemas that editors check them with."""
    from app.seed.canonical import canonical, schema
    from app.seed.read import Unreadable, seed_files

    changed, failed = 0, 0
    (folder / "schemas").mkdir(exist_ok=True)
    for resource in RESOURCES:
        (folder / "schemas" / f"{resource.name}.json").write_text(schema(resource), encoding="utf-8")
        for file in seed_files(folder, resource):
            text = file.read_text(encoding="utf-8")
            try:
                wanted = canonical(text, resource)
            except Unreadable as fault:
                err.print(f"{file}:{fault.line}: {fault.message}; left as it is. mend: {fault.mend}", markup=False)
                failed += 1
                continue
            if wanted != text:
                file.write_text(wanted, encoding="utf-8")
                changed += 1
    out.print(f"{changed} files rewritten")
    if failed:
        raise typer.Exit(1)
