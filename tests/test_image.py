"""The steps of the Dockerfile, without an engine: the same files copied, the same lock installed, and the entry point
started as an unprivileged user in a folder it cannot write.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT, serving

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
HOME = "/opt/endoatlas"
NOBODY = 65534
UNPRIVILEGED: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def instructions(stage: int) -> list[tuple[str, str]]:
    """The instructions of one stage of the Dockerfile."""
    stages = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]
    return re.findall(r"^(COPY|RUN|ENV|ENTRYPOINT|CMD|USER|HEALTHCHECK)\s+(.*)$", stages[stage], flags=re.MULTILINE)


def interpreter() -> str:
    """A Python that an unprivileged user may run."""
    asks = "import sys; sys.exit(sys.version_info < (3, 11))"
    for python in (str(Path(sys.executable).resolve()), "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            if subprocess.run([python, "-c", asks], check=False, env={}, cwd="/", **UNPRIVILEGED).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python 3.11 that an unprivileged user may run")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage makes under /opt/endoatlas, made in a folder of the test's instead."""
    folder = tmp_path_factory.mktemp("image")
    context, prefix = folder / "build", folder / "endoatlas"
    context.mkdir()
    subprocess.run([interpreter(), "-m", "venv", "--without-pip", str(prefix)], check=True)
    pip = f"{shlex.quote(sys.executable)} -m pip --python {prefix}/bin/python --quiet --disable-pip-version-check"
    for step, argument in instructions(0):
        if step == "COPY":
            *sources, target = argument.split()
            for source in sources:
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, context / target)
        elif step == "RUN":
            command = argument.replace(f"python -m venv {HOME} &&", "").replace(f"{HOME}/bin/pip", pip)
            subprocess.run(
                ["sh", "-ec", command.replace(HOME, str(prefix))], cwd=context, check=True, stdout=sys.stderr
            )
    shutil.rmtree(context)
    for path, _, files in os.walk(prefix):
        Path(path).chmod(0o555)
        for file in files:
            if not (Path(path) / file).is_symlink():
                (Path(path) / file).chmod(0o555 if Path(path).name == "bin" else 0o444)
    for parent in [folder, *folder.parents]:
        if parent.owner() == Path(folder).owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return prefix


def test_the_image_serves_unprivileged_from_a_folder_it_cannot_write(prefix: Path) -> None:
    final = dict(instructions(1))
    assert final["USER"] == "endoatlas"
    settings = dict(entry.split("=", 1) for entry in shlex.split(final["ENV"].replace(HOME, str(prefix))))
    command = [part.replace(HOME, str(prefix)) for part in re.findall(r'"([^"]+)"', final["ENTRYPOINT"])]
    assert re.findall(r'"([^"]+)"', final["CMD"]) == ["serve"]
    written = subprocess.run(["touch", str(prefix / "var/x")], check=False, stderr=subprocess.DEVNULL, **UNPRIVILEGED)
    assert written.returncode != 0
    environment = {**settings, "ENDOATLAS_HOST": "127.0.0.1", "PATH": "/usr/bin:/bin"}
    with serving("", command, cwd=prefix, env=environment, **UNPRIVILEGED) as address:
        assert httpx.get(f"{address}/v1/hormones/lh").json()["id"] == "hormones/lh"
        healthcheck = json.loads(final["HEALTHCHECK"].split("CMD", 1)[1].replace(HOME, str(prefix)))
        port = {"ENDOATLAS_PORT": address.rsplit(":", 1)[1]}
        assert subprocess.run(healthcheck, check=False, env=port, **UNPRIVILEGED).returncode == 0


def test_a_folder_that_cannot_be_written_is_refused_unless_nobody_loads_into_it(prefix: Path) -> None:
    environment = {"ENDOATLAS_DATABASE_URL": f"sqlite:///{prefix}/var/endoatlas.db", "PATH": "/usr/bin:/bin"}
    command = [str(prefix / "bin/endoatlas"), "serve"]
    answer = subprocess.run(
        command, env=environment, cwd=prefix, capture_output=True, text=True, check=False, **UNPRIVILEGED
    )
    assert answer.returncode == 1
    assert "immutable=1" in answer.stderr


def test_the_image_holds_no_file_that_is_not_listed() -> None:
    copied = {source for step, argument in instructions(0) if step == "COPY" for source in argument.split()[:-1]}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
