"""Delivery of updates to the bot's webhook: one at a time, in order, until it is taken."""

import time

import aiohttp
import anyio
import structlog

from picklebot.sandbox.telegram.state import Webhook, World

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0
TIMEOUT = aiohttp.ClientTimeout(total=60)
log = structlog.get_logger()


async def deliver(world: World) -> None:
    """Deliver for as long as it is let run; a refused update is tried again with growing pauses (0.05 to 5 s).

    An answer of 2xx takes the update off the line. What the answer's body asks for is not carried out.
    """
    pause = FIRST_PAUSE
    async with aiohttp.ClientSession(timeout=TIMEOUT) as client:
        while True:
            hook = world.webhook
            if not hook.url or not world.updates.pending:
                await world.updates.changed()
            elif await _posted(client, world, hook):
                pause = FIRST_PAUSE
            else:
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


async def _posted(client: aiohttp.ClientSession, world: World, hook: Webhook) -> bool:
    update = world.updates.pending[0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
    try:
        async with client.post(hook.url, json=update, headers=headers, allow_redirects=False) as response:
            taken, error = response.ok and response.status < 300, f"status {response.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as failure:
        taken, error = False, type(failure).__name__
    if taken:
        world.updates.confirm(update["update_id"] + 1)
    else:
        hook.last_error = f"Wrong response from the webhook: {error}"
        hook.last_error_at = time.time()
        log.warning("webhook refused an update", update_id=update["update_id"], error=error)
    world.journal.record("delivery", update_id=update["update_id"], taken=taken)
    return taken
