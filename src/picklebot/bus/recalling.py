"""What was said in a chat before a question, also before this process heard it.

Memory reaches back to the start. For a chat in which too little was heard since, its platform is asked once, while
the turn waits a moment; the bus does not. What it tells is judged as if it had been heard, and kept in memory alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import anyio
import structlog

from picklebot.bus.admission import Verdict, judge
from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.job import Job
from picklebot.model.message import ChatKind
from picklebot.model.remark import Remark
from picklebot.ports.recollection import Recollection
from picklebot.ports.rules import Rules
from picklebot.sessions.talk import MOST_QUOTED, Place, Talk, place_of

log = structlog.get_logger()

PATIENCE: Final = 2.0
"""Seconds that a turn waits for its platform; then it goes without."""


class Recalling:
    """Fills up `talk` from the platforms that remember; `sources` are those by name."""

    def __init__(self, talk: Talk, rules: Rules, sources: Mapping[str, Recollection]) -> None:
        self._talk = talk
        self._rules = rules
        self._sources = sources
        self._asking: dict[Place, anyio.Event] = {}

    async def before(self, job: Job) -> tuple[Remark, ...]:
        """See `Talk.before`. Never raises; private chats and platforms without a memory cost nothing."""
        source = self._sources.get(job.address.platform) if job.address.chat_kind is ChatKind.GROUP else None
        if source is not None and not self._talk.reaches_back(job.address):
            with anyio.move_on_after(PATIENCE):
                await self._recall(source, job)
        return self._talk.before(job)

    async def _recall(self, source: Recollection, job: Job) -> None:
        """Ask, or wait for whoever asks already."""
        place = place_of(job.address)
        if (asking := self._asking.get(place)) is not None:
            await asking.wait()
            return
        asked = self._asking[place] = anyio.Event()
        try:
            found = await source.before(job.address, MOST_QUOTED)
            verdicts = [(message, judge(message, self._rules)) for message in found]
            self._talk.recall(
                job.address,
                [(it, verdict is Verdict.ADMIT) for it, verdict in verdicts if verdict is not Verdict.REFUSE],
            )
        except DeliveryDelayedError as error:
            log.info("what was said before cannot be read now", chat=job.address.chat_id, reason=str(error))
        except DeliveryError as error:
            log.info("what was said before cannot be read", chat=job.address.chat_id, reason=str(error))
            self._talk.recall(job.address, ())
        except anyio.get_cancelled_exc_class():
            # It took too long, and would again.
            self._talk.recall(job.address, ())
            raise
        except Exception:
            log.exception("what was said before could not be read", chat=job.address.chat_id)
            self._talk.recall(job.address, ())
        finally:
            del self._asking[place]
            asked.set()
