"""Imports run one way, importing has no side effects, and the app can be made twice."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, client_of

APP = ROOT / "app"
LAYERS = [
    {"settings", "text", "chemistry", "vocabulary", "metrics", "logs"},
    {"spelling", "markup", "diagrams"},
    {"resource", "drawing"},
    {"context", "substance", "wording"},
    {"resources"},
    {"conflicts", "corpus", "errors", "answers"},
    {"db", "cache"},
    {"store", "counting", "indexes"},
    {"seed", "releases"},
    {"names", "linked"},
    {"export"},
    {"paging"},
    {"deps"},
    {"routing", "routers"},
    {"direct"},
    {"http"},
    {"openapi"},
    {"main"},
    {"cli"},
]


def layer(module: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if module in layer)


def imports(file: Path) -> set[str]:
    """First-level app modules that a file imports at run time."""
    found = set()
    tree = ast.parse(file.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only and (node.module or "").startswith("app"):
            _, _, rest = (node.module or "").partition(".")
            found |= {rest.split(".")[0]} if rest else {alias.name for alias in node.names}
    return found


def test_imports_run_one_way() -> None:
    for file in APP.rglob("*.py"):
        own = file.relative_to(APP).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        for module in imports(file) - {own}:
            assert layer(module) < layer(own), f"{file} imports {module}"


def test_importing_does_nothing(tmp_path: Path) -> None:
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in APP.rglob("*.py")]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout + answer.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_the_app_can_be_made_twice(sqlite_database: str) -> None:
    with client_of(sqlite_database) as first, client_of(sqlite_database) as second:
        assert first.get("/v1/hormones/lh").content == second.get("/v1/hormones/lh").content
