"""Synthetic stores of a chosen size, written by the project's own loader.

Copies of the shipped records: every key, name and identifier gets the copy's number, so that references stay within a
copy and nothing is ambiguous. Texts stay as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

from app.db import writing_engine
from app.resources import RESOURCES
from app.seed.load import Rendered, load, migrate, render
from app.seed.rules import check
from app.settings import project_folder

KEY = re.compile(r'"((?:' + "|".join(resource.name for resource in RESOURCES) + r')/[a-z0-9][^"]*)"')
NAME = re.compile(r'("(?:name|curie)":"(?:[^"\\]|\\.)*)"')


def shipped() -> list[Rendered]:
    """The records in `seed_data`, as they are served."""
    reading, problems = check(project_folder("seed_data"), RESOURCES)
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    return render(reading.records)


def copies(records: list[Rendered], size: int) -> Iterator[Rendered]:
    """The records and copies of them, `size` in all or a few less: only whole copies keep every reference."""
    yield from records
    for number in range(1, max(size // len(records), 1)):
        for record in records:
            text = KEY.sub(rf'"\1-{number}"', record.document.decode())
            document = NAME.sub(rf'\1 {number}"', text).encode()
            yield Rendered(f"{record.key}-{number}", document, hashlib.sha256(document).digest())


def build(file: Path, size: int) -> float:
    """Write a store anew; gives the seconds the load took."""
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    rendered = list(copies(shipped(), size))
    engine = writing_engine(f"sqlite:///{file}", 60)
    migrate(engine)
    began = time.perf_counter()
    load(engine, rendered, lambda step, done, total: print(f"\r{step} {done:,} of {total:,}", end="", flush=True))
    engine.dispose()
    print()
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Example: python -m bench.store var/bench/200k.db 200000"
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("size", type=int)
    arguments = parser.parse_args()
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    print(f"{build(arguments.file, arguments.size):.0f} s")
