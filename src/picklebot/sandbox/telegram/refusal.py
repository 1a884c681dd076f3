"""What the Bot API answers when it does not do what it was asked."""

from collections.abc import Mapping
from http import HTTPStatus


class BotApiError(Exception):
    """A refusal as it goes over the wire: an HTTP status, a description and optional parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """Keep the three parts of `{"ok": false}`; `parameters` are `retry_after` or `migrate_to_chat_id`."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters: Mapping[str, int] = parameters

    def to_json(self) -> dict[str, object]:
        """Give the body that a client reads."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": dict(self.parameters)} if self.parameters else body


def bad_request(reason: str) -> BotApiError:
    """Refuse a call that can never succeed as it stands (400)."""
    return BotApiError(HTTPStatus.BAD_REQUEST, f"Bad Request: {reason}")


def forbidden(reason: str) -> BotApiError:
    """Refuse a call because the bot has no right to it in that chat (403)."""
    return BotApiError(HTTPStatus.FORBIDDEN, f"Forbidden: {reason}")


def conflict(reason: str) -> BotApiError:
    """Refuse a poll because something else takes the updates (409)."""
    return BotApiError(HTTPStatus.CONFLICT, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> BotApiError:
    """Refuse a call that came too soon (429); `retry_after` is in whole seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return BotApiError(HTTPStatus.TOO_MANY_REQUESTS, description, retry_after=retry_after)
