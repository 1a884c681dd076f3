"""How the gateway goes, in the few lines that an operator reads in a chat."""

from __future__ import annotations

from collections.abc import Sequence

from picklebot.config.live import LiveSettings
from picklebot.model import words
from picklebot.queues.local.queue import LocalQueue
from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml.sync import RuntimeYamlSync
from picklebot.supervision.supervisor import Supervisor


def checkup(
    supervisors: Sequence[Supervisor],
    queue: LocalQueue,
    database: Database,
    rules: LiveSettings,
    yaml: RuntimeYamlSync,
) -> str:
    """What is wrong, if anything, and then how each platform and the queue go."""
    health = {it.platform: it.health() for it in supervisors}
    down = [f"{name}: {it.detail}" for name, it in health.items() if it.detail and it.state != "up"]
    troubles = [*down, *filter(None, (database.trouble, rules.trouble, yaml.trouble))]
    stats = queue.stats()
    return "\n".join(
        [
            *([words.NOT_HEALTHY, *troubles] if troubles else [words.HEALTHY]),
            *(words.HEALTH_PLATFORM.format(name=name, state=it.state) for name, it in health.items()),
            words.HEALTH_QUEUE.format(waiting=stats.waiting, running=stats.running),
        ]
    )
