"""Jobs are storable."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from picklebot.model.job import Job
from picklebot.model.message import Address, Attachment, ChatKind, Sender
from picklebot.model.session import SessionMode

names = st.text(max_size=20)
maybe = st.none() | names
times = st.datetimes(timezones=st.just(UTC))
addresses = st.builds(Address, names, names, names, st.sampled_from(ChatKind), maybe, maybe, maybe)
jobs = st.builds(
    Job,
    id=names,
    session_id=names,
    agent=names,
    mode=st.sampled_from(SessionMode),
    text=names,
    sender=st.builds(Sender, names, names, st.booleans(), st.lists(names, max_size=2).map(tuple)),
    address=addresses,
    sent_at=times,
    accepted_at=times,
    attachments=st.lists(st.builds(Attachment, names, names, names, names, st.integers()), max_size=2).map(
        tuple
    ),
    attempt=st.integers(0, 9),
    sums_up=maybe,
)


@given(jobs)
def test_a_job_comes_back_from_json_as_it_went(job: Job) -> None:
    assert Job.load(json.loads(json.dumps(job.dump()))) == job


def test_a_job_holds_no_live_object() -> None:
    address = Address("telegram", "1", "2")
    now = datetime.now(UTC)
    job = Job("j", "s", "pickle", SessionMode.CHAT, "hi", Sender("2", "Ann"), address, now, now)
    assert hash(job) == hash(Job.load(job.dump()))
