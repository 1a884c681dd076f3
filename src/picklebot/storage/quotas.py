"""A row for each account that used something of its day, while quotas are set.

Joining and parting moves none of them: what a person used is what their accounts used, as they are joined now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, literal, select, union_all, update

from picklebot.model.person import Identity
from picklebot.model.quota import DAY, Used
from picklebot.ports.storage import Transaction
from picklebot.storage.columns import utc_time
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import identities, quotas

# A day that is yet to come, by more than a clock is ever put right, was begun while the clock was wrong.
_IS_NOW = (quotas.c.since > bindparam("yesterday")) & (quotas.c.since < bindparam("tomorrow"))
_CURRENT = (quotas.c.speaker == bindparam("of_speaker")) & _IS_NOW
_PERSON = select(identities.c.person).where(
    identities.c.platform == bindparam("of_platform"), identities.c.user_id == bindparam("of_user")
)
_JOINED = select(identities.c.platform + literal(":") + identities.c.user_id).where(
    identities.c.person.in_(_PERSON)
)
_USED = Prepared(
    select(quotas.c.since, quotas.c.messages, quotas.c.tokens, quotas.c.microdollars).where(
        quotas.c.speaker.in_(
            union_all(select(bindparam("of_speaker", type_=quotas.c.speaker.type)), _JOINED)
        ),
        _IS_NOW,
    )
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

    def days(self, tx: Transaction, speaker: Identity, now: datetime) -> Sequence[Used]:
        rows = _USED.rows(
            tx,
            of_speaker=_named(speaker),
            of_platform=speaker.platform,
            of_user=speaker.user_id,
            yesterday=now - DAY,
            tomorrow=now + DAY,
        )
        return [Used(utc_time(row[0]), *row[1:]) for row in rows]

    def add(self, tx: Transaction, speaker: Identity, used: Used) -> None:
        name = _named(speaker)
        more = {
            "more_messages": used.messages,
            "more_tokens": used.tokens,
            "more_microdollars": used.microdollars,
        }
        if _ADD.run(tx, of_speaker=name, yesterday=used.since - DAY, tomorrow=used.since + DAY, **more):
            return
        _FORGET.run(tx, of_speaker=name)
        _BEGIN.run(
            tx,
            speaker=name,
            since=used.since,
            messages=used.messages,
            tokens=used.tokens,
            microdollars=used.microdollars,
        )


def _named(speaker: Identity) -> str:
    return f"{speaker.platform}:{speaker.user_id}"
