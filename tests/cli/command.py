"""`picklebot` as a shell runs it: a process, its exit code, and what it says where."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio

SECONDS: Final = 60
_FOREIGN: Final = ("PICKLEBOT_", "OPENAI_", "ANTHROPIC_", "LOG_FORMAT")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on stderr."""
        return self.err.splitlines()


async def picklebot(
    *args: str,
    workspace: Path | None = None,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> Outcome:
    """Run a command to its end. A traceback is never an answer to anybody."""
    command = [*prefix, sys.executable, "-m", "picklebot", *args]
    with anyio.fail_after(SECONDS):
        done = await anyio.run_process(
            command, input=stdin, check=False, env=environment(workspace, environ or {})
        )
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in outcome.err, outcome.err
    return outcome


def environment(workspace: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """This process' environment without what would configure picklebot, and with what should."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    own = {"PICKLEBOT_WORKSPACE": str(workspace)} if workspace else {}
    return {**clean, **own, **environ}


def without_override() -> tuple[str, ...]:
    """A prefix under which even root is told "permission denied"; nothing for those who are anyway."""
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    return prefix if os.geteuid() == 0 else ()


def loaded_modules(code: str) -> set[str]:
    """The modules that a fresh interpreter has after `code`."""
    script = f"import sys\n{code}\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=SECONDS, check=True
    )
    return set(done.stderr.split())
