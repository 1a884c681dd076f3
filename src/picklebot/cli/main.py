"""`picklebot`: the commands, each loaded when it is called for."""

from __future__ import annotations

import shlex
import sys
from io import TextIOWrapper
from typing import cast

from cyclopts import App, CycloptsError
from cyclopts.exceptions import UnknownCommandError, UnusedCliTokensError

from picklebot import __version__
from picklebot.cli.terminal import printable
from picklebot.errors import PicklebotError

USAGE = 2
"""The exit code of a command that cannot mean anything."""

app = App(
    name="picklebot",
    version=__version__,
    help_format="plaintext",
    help="A self-hosted gateway between chat platforms and AI agents that never loses a conversation.",
)
app.command("picklebot.cli.run:run", name="run", help="Start the gateway.")
app.command("picklebot.cli.chat:chat", name="chat", help="Say something to an agent and print its answer.")
app.command("picklebot.cli.send:send", name="send", help="Post a message to a chat or a session.")
app.command("picklebot.cli.sessions:app", name="sessions", help="List sessions, or show one.")
app.command("picklebot.cli.messages:app", name="messages", help="See what became of messages.")
app.command("picklebot.cli.pairing:app", name="pairing", help="Let people in, or shut them out.")
app.command("picklebot.cli.db:app", name="db", help="Upgrade the database, or back it up.")
app.command("picklebot.cli.config:app", name="config", help="Check the configuration, or show it.")
app.command(
    "picklebot.cli.sandbox:sandbox", name="sandbox", help="Play Telegram and Discord on this machine."
)


def main() -> None:
    """Run the command line and exit: 0 done, 1 not there or failed, 2 usage or invalid configuration."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without the letters of an answer shows the rest of it all the same.
            stream.reconfigure(errors="replace")
    try:
        app(exit_on_error=False, print_error=False)
    except UnknownCommandError as error:
        name = error.unused_tokens[0] if error.unused_tokens else ""
        kind = "option" if name.startswith("-") else "command"
        fail(f"there is no {kind} {name}; see picklebot --help", USAGE)
    except UnusedCliTokensError as error:
        fail(f"what does {shlex.join(error.unused_tokens or ())} mean here? See picklebot --help.", USAGE)
    except CycloptsError as error:
        fail(f"{_one_line(error)} See picklebot --help.", USAGE)
    except PicklebotError as error:
        fail(str(error), error.exit_code)
    except BaseExceptionGroup as group:
        error = _expected(group)
        if error is None:
            raise
        fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def fail(message: str, code: int) -> None:
    """Say what is wrong on stderr and exit."""
    print(f"picklebot: {printable(message)}", file=sys.stderr)
    sys.exit(code)


def _expected(group: BaseExceptionGroup[BaseException]) -> PicklebotError | None:
    """The error of ours that ended a task group; None when anything else went wrong as well."""
    found = None
    for error in group.exceptions:
        inner = error
        if isinstance(error, BaseExceptionGroup):
            inner = _expected(cast("BaseExceptionGroup[BaseException]", error))
        if not isinstance(inner, PicklebotError):
            return None
        found = inner
    return found


def _one_line(error: CycloptsError) -> str:
    return " ".join(str(error).split())
