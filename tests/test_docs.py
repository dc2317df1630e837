"""The documents say what the code does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.main import get_command

from app import cli
from app.settings import Settings
from tests.conftest import ROOT, endoatlas

README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(
    r"```http\n(GET|POST) (\S+)\n(?:Accept: (\S+)\n)?(?:\n(.*?)\n)?```\n```(?:json|turtle)\n(.*?)```",
    README,
    flags=re.DOTALL,
)
COMMANDS = get_command(cli.app).commands  # type: ignore[attr-defined]  # a Typer app with several commands is a group


def holds(answer: Any, example: Any) -> bool:
    """Whether an answer holds everything an example shows; lists of items match item by item, up to `…`."""
    if isinstance(example, dict):
        return all(field in answer and holds(answer[field], value) for field, value in example.items())
    if isinstance(example, list):
        if example[-1:] == ["…"]:
            answer, example = answer[: len(example) - 1], example[:-1]
        return len(answer) == len(example) and all(map(holds, answer, example))
    return bool(answer == example)


def test_there_are_eleven_requests() -> None:
    assert len(EXAMPLES) == README.count("```http\n") == 11


@pytest.mark.parametrize(
    ("method", "path", "accept", "body", "example"), EXAMPLES, ids=[path for _, path, *_ in EXAMPLES]
)
def test_the_readme_shows_real_answers(
    client: TestClient, method: str, path: str, accept: str, body: str, example: str
) -> None:
    sent = {"json": json.loads(body)} if body else {}
    answer = client.request(method, path, headers={"accept": accept} if accept else {}, **sent)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(accept)
    if accept == "text/turtle":
        assert example in answer.text
        return
    assert holds(answer.json(), json.loads(example)), answer.text[:2000]


def test_the_readme_lists_every_setting() -> None:
    rows = re.findall(r"^\| `ENDOATLAS_(\w+)` \| `(.*?)` \| (.*?) \|$", README, flags=re.MULTILINE)
    assert rows == [
        (name.upper(), str(field.default), field.description) for name, field in Settings.model_fields.items()
    ]


def test_every_command_has_help_with_an_example_that_runs(sqlite_database: str, tmp_path: Any) -> None:
    overview = endoatlas("--help").stdout
    (tmp_path / "seed_data").symlink_to(ROOT / "seed_data")
    assert COMMANDS.keys() == {"serve", "load", "check", "fmt", "export", "openapi"}
    for name, command in COMMANDS.items():
        assert name in overview
        shown = endoatlas(name, "--help").stdout
        example = re.search(r"Example: (.*)", shown)
        assert example is not None, name
        assert example[1].startswith(f"endoatlas {name}")
        assert f"`{name}`" in README
        if name not in {"serve", "fmt", "load"}:
            arguments = example[1].split(" > ")[0].split()[1:]
            answer = endoatlas(*arguments, database_url=sqlite_database, cwd=tmp_path)
            assert answer.returncode == 0, answer.stderr
        assert command.help


def test_paths_that_the_documents_name_exist() -> None:
    for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/effects.md", "seed_data/GUIDELINES.md"):
        text = (ROOT / document).read_text()
        for path in re.findall(r"\]\((?!http)([^)#]+)\)|`((?:app|tests|alembic|seed_data)/[\w./-]+)`", text):
            name = next(filter(None, path))
            assert (ROOT / name).exists() or (ROOT / document).parent.joinpath(name).exists(), (
                f"{document} names {name}"
            )


def test_guidelines_name_every_status_and_tier() -> None:
    text = (ROOT / "seed_data/GUIDELINES.md").read_text()
    for word in ("established", "supported", "preliminary", "contested", "refuted"):
        assert word in text
