"""What Discord says when it says no."""

from picklebot.sandbox.discord.feed import Json


class Refused(Exception):  # noqa: N818 - named for what happened, as Discord's errors are answers
    """A REST answer that is an error: HTTP status, Discord's code, its words."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: Json = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


def unknown(what: str, code: int) -> Refused:
    """404: 10003 channel, 10008 message, 10013 user, 10015 webhook, 10062 interaction."""
    return Refused(404, code, f"Unknown {what}")


def invalid_form(field: str, code: str, message: str) -> Refused:
    """400, 50035: one field of the body is wrong."""
    return Refused(
        400, 50035, "Invalid Form Body", {field: {"_errors": [{"code": code, "message": message}]}}
    )


def missing_access() -> Refused:
    """403, 50001: the bot may not see this channel."""
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    """403, 50013: it sees the channel and may not do this there."""
    return Refused(403, 50013, "Missing Permissions")
