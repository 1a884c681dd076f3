"""Other projects from PyPI, each in a virtual environment of its own, which is kept for the next time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".bench"
INSTALL_SECONDS = 900
VERSION = "import sys; print(sys.version_info >= ({0}, {1}) and sys.version.split()[0])"


class NotInstalledError(Exception):
    """Why there is none, in words for the table."""


def python_in(name: str, requirements: Sequence[str], least: tuple[int, int]) -> Path:
    """The Python of an environment that holds `requirements`; makes it when it is not there, for minutes.

    Raises NotInstalledError.
    """
    folder = CACHE / name
    python, done = folder / "bin/python", folder / "installed"
    if done.exists() and done.read_text().split("\n") == [*requirements]:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _call([interpreter(least), "-m", "venv", str(folder)])
    _call([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
    done.write_text("\n".join(requirements))
    return python


def interpreter(least: tuple[int, int]) -> str:
    """A Python that is new enough: this one, one on the path, or one that pyenv keeps. Raises NotInstalledError."""
    if sys.version_info >= least:
        return sys.executable
    for path in _pythons():
        if _version(path, least):
            return path
    raise NotInstalledError("it needs Python {}.{}, and there is none".format(*least))


def _pythons() -> Iterator[str]:
    for minor in range(13, 16):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/3.*/bin/python")))


def _version(path: str, least: tuple[int, int]) -> bool:
    found = subprocess.run([path, "-c", VERSION.format(*least)], capture_output=True, text=True, check=False)
    return found.returncode == 0 and found.stdout.strip() != "False"


def _call(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"installing took over {INSTALL_SECONDS} seconds") from error
    except subprocess.CalledProcessError as error:
        told = [line for line in error.stderr.splitlines() if line.startswith("ERROR")] or [str(error)]
        raise NotInstalledError(told[-1].removeprefix("ERROR: ")) from error
