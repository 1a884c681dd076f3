"""How the bot gets its updates: by polling, or by a webhook."""

import re
from typing import cast
from urllib.parse import urlsplit

from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import bad_request, conflict
from picklebot.sandbox.telegram.state import Webhook, World
from picklebot.sandbox.telegram.updates import LONGEST_POLL

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


async def get_updates(world: World, params: Params) -> object:
    """Give the updates that are not confirmed yet, waiting up to `timeout` (50 at most) seconds for one."""
    if world.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _set_allowed(world, params)
    limit = min(max(params.integer("limit", 100), 1), 100)
    timeout = min(max(params.integer("timeout"), 0), LONGEST_POLL)
    return await world.updates.poll(params.integer("offset"), limit, timeout)


def set_webhook(world: World, params: Params) -> object:
    """Deliver updates to a URL from now on. The sandbox delivers to loopback only, and over http too."""
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return delete_webhook(world, params)
    if not _deliverable(url):
        raise bad_request("bad webhook: the sandbox delivers to a loopback address only")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _set_allowed(world, params)
    _drop_if_asked(world, params)
    world.webhook = Webhook(url, secret, params.integer("max_connections", 40))
    world.updates.end_poll(conflict("terminated by setWebhook request"))
    return True


def delete_webhook(world: World, params: Params) -> object:
    """Go back to polling; what was not delivered stays in line."""
    world.webhook = Webhook()
    _drop_if_asked(world, params)
    world.updates.end_poll(conflict("terminated by setWebhook request"))
    return True


def get_webhook_info(world: World, params: Params) -> object:  # noqa: ARG001
    """Tell where updates go, how many wait, and the last failed delivery."""
    hook = world.webhook
    info: dict[str, object] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
        "max_connections": hook.max_connections,
    }
    if world.updates.allowed:
        info["allowed_updates"] = sorted(world.updates.allowed)
    if hook.last_error:
        info |= {"last_error_date": int(hook.last_error_at), "last_error_message": hook.last_error}
    return info


def _deliverable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:
        return False


def _set_allowed(world: World, params: Params) -> None:
    """Kinds stay as they were when none are named; an empty list asks for the default again."""
    kinds = params.json("allowed_updates")
    if isinstance(kinds, list):
        world.updates.allowed = frozenset(str(kind) for kind in cast("list[object]", kinds)) or None


def _drop_if_asked(world: World, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        world.updates.pending.clear()
