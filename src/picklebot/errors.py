"""Every error picklebot raises on purpose, as one tree.

    PicklebotError
    ├── ConfigError          the operator's files or environment are wrong         exit 2
    ├── UsageError           the command line or request is wrong                  exit 2
    ├── NotFoundError        the thing asked for is not there                      exit 1
    │   └── UnknownSessionError  no session has that id
    ├── ConflictError        the thing is there, but not in a state for this        exit 1
    │   └── EndedError           the message has its end already: nothing is left to do
    ├── UsedUpError          a person has used up what they may in a day           exit 1
    ├── WorkspaceBusyError   another process owns the workspace                    exit 1
    ├── PortBusyError        another program listens where the page should         exit 1
    ├── StorageError         the database cannot be trusted or reached             exit 1
    │   ├── StoppingError        the gateway takes nothing more in; it will again after its start
    │   └── UnwritableError      the database takes everything but this, and always will
    ├── EngineError          a turn failed; `text` may be shown to the speaker
    ├── FileError            a file that somebody sent cannot be had
    ├── ResultError          a file of an agent cannot be written or read
    ├── PlatformError        an adapter lost its platform; it is tried again
    │   └── PlatformFatalError   trying again cannot help; the adapter is parked
    └── DeliveryError        one message could not be delivered
        ├── DeliveryDelayedError   the platform asks to wait, or was not reached
        └── DeliveryImpossibleError  this chat cannot be reached any more

`str(error)` is one line that says what is wrong and what to do.
"""

from __future__ import annotations


class PicklebotError(Exception):
    """The root. `code` is stable and goes to logs and APIs; `exit_code` is the command line's."""

    code = "error"
    exit_code = 1


class ConfigError(PicklebotError):
    """A file, key or variable of the operator is wrong.

    `source` is the file or variable, `line` is 1-based or None where there is no line. `place` is both in one text,
    empty where neither is known; unlike the message it never repeats a value.
    """

    code = "config"
    exit_code = 2

    def __init__(self, message: str, *, source: str | None = None, line: int | None = None) -> None:
        place = (source if line is None else f"{source}:{line}") if source else ""
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
        self.message = message
        self.source = source
        self.line = line


class UsageError(PicklebotError):
    """A command or request that cannot mean anything."""

    code = "usage"
    exit_code = 2


class NotFoundError(PicklebotError):
    """The session, agent or message asked for does not exist."""

    code = "not_found"


class UnknownSessionError(NotFoundError):
    """No session has that id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"there is no session {session_id}; `picklebot sessions list` shows those there are")


class ConflictError(PicklebotError):
    """What was asked for does not fit the state that its object is in."""

    code = "conflict"


class EndedError(ConflictError):
    """The message came to its end meanwhile, as one that its speaker took back does."""

    code = "ended"


class UsedUpError(PicklebotError):
    """A person has used up their day; `seconds` are left until they may ask again."""

    code = "quota"

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class WorkspaceBusyError(PicklebotError):
    """Another process holds the workspace's lock."""

    code = "workspace_busy"

    def __init__(self, workspace: str, pid: int | None) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{workspace} is already served by {owner}; stop it first or use another --workspace"
        )
        self.pid = pid


class PortBusyError(PicklebotError):
    """Another program listens where the operator wants the page and the API."""

    code = "port_busy"


class StorageError(PicklebotError):
    """The database could not be read or written. Never means "there is nothing there"."""

    code = "storage"


class StoppingError(StorageError):
    """The gateway is stopping: what comes now is not kept, and the platform must not be told "received"."""

    code = "stopping"


class UnwritableError(StorageError):
    """The database refuses this very write, and would refuse it again: it breaks a rule of its tables."""

    code = "unwritable"


class EngineError(PicklebotError):
    """A turn failed.

    `text` is a friendly sentence for the speaker, without provider details. `str(error)` is for the log.
    `retryable` says whether the same input may succeed later.
    """

    def __init__(self, code: str, text: str, *, detail: str = "", retryable: bool = False) -> None:
        super().__init__(f"{code}: {detail or text}")
        self.code = code
        self.text = text
        self.retryable = retryable


class FileError(PicklebotError):
    """A file cannot be had; `retryable` says whether it may be had a little later."""

    code = "file"

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class ResultError(PicklebotError):
    """A file of an agent cannot be written or read; `str(error)` is a sentence for the model."""

    code = "result"


class PlatformError(PicklebotError):
    """An adapter cannot go on now; its supervisor starts it again after a pause."""

    code = "platform"


class PlatformFatalError(PlatformError):
    """An adapter can never go on as configured (a refused token): it is parked, the others run."""

    code = "platform_fatal"


class DeliveryError(PicklebotError):
    """A message could not be delivered for a reason that has no better answer."""

    code = "delivery"


class DeliveryDelayedError(DeliveryError):
    """Try again after `seconds`. `maybe_done` says that the platform may have carried it out all the same."""

    code = "delivery_delayed"

    def __init__(self, message: str, *, seconds: float, maybe_done: bool = False) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.maybe_done = maybe_done


class DeliveryImpossibleError(DeliveryError):
    """The chat is gone, or the bot was blocked there."""

    code = "delivery_impossible"
