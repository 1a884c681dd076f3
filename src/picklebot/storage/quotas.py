"""A row for everybody who used something of their day, while quotas are set."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from picklebot.model.quota import DAY, Used
from picklebot.ports.storage import Transaction
from picklebot.storage.columns import utc_time
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import quotas

_CURRENT = (quotas.c.speaker == bindparam("of_speaker")) & (quotas.c.since > bindparam("yesterday"))
_USED = Prepared(
    select(quotas.c.since, quotas.c.messages, quotas.c.tokens, quotas.c.microdollars).where(_CURRENT)
)
_ADD = Prepared(
    update(quotas)
    .where(_CURRENT)
    .values(
        messages=quotas.c.messages + bindparam("more_messages"),
        tokens=quotas.c.tokens + bindparam("more_tokens"),
        microdollars=quotas.c.microdollars + bindparam("more_microdollars"),
    )
)
_FORGET = Prepared(delete(quotas).where(quotas.c.speaker == bindparam("of_speaker")))
_BEGIN = Prepared(insert(quotas))


class SqlQuotas:
    """Implements `ports.quotas.QuotaStore`."""

    def used(self, tx: Transaction, speaker: str, now: datetime) -> Used | None:
        row = _USED.row(tx, of_speaker=speaker, yesterday=now - DAY)
        return None if row is None else Used(utc_time(row[0]), *row[1:])

    def add(self, tx: Transaction, speaker: str, used: Used) -> None:
        more = {
            "more_messages": used.messages,
            "more_tokens": used.tokens,
            "more_microdollars": used.microdollars,
        }
        if _ADD.run(tx, of_speaker=speaker, yesterday=used.since - DAY, **more):
            return
        _FORGET.run(tx, of_speaker=speaker)
        _BEGIN.run(
            tx,
            speaker=speaker,
            since=used.since,
            messages=used.messages,
            tokens=used.tokens,
            microdollars=used.microdollars,
        )
