"""What must hold after every fault, whatever it was: no secret came out, and every accepted message has its end.

`expect_clean(folder, canaries, replies=said, …)` judges everything that a gateway left in a folder. Where gateways
are run for a test (`tests.faults.scene`, `tests.kills.stage`), leaving the block calls it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.canaries import Canaries

ENDS = ("done", "failed")
ARRIVED = ("sent", "parked", "expired")
ROWS = """
SELECT inbox.job_id, inbox.job, inbox.state, inbox.reason, outbox.state
FROM inbox LEFT JOIN outbox ON outbox.parcel_id = inbox.job_id ORDER BY inbox.arrival
"""
OWED = "SELECT parcel_id, state FROM outbox WHERE state NOT IN ('sent', 'parked', 'expired')"
COMMAND = "/"
"""How a command begins in the inbox; its answer is a parcel of its own. `/ask` is kept as what it asks."""

WITHDRAWN = "withdrawn"
"""Why a message has its end that its speaker deleted while it waited; nobody is told anything."""


def expect_clean(folder: Path, canaries: Canaries, **contents: object) -> None:
    """Nothing below `folder`, and none of `contents`, tells a secret; no message in a database there is left over."""
    canaries.assert_kept(folder, **contents)
    for file in sorted(folder.rglob("*.db")):
        expect_accounted(file)


def expect_accounted(file: Path) -> None:
    """Every accepted message is done or a dead letter, its speaker was told, and nothing is owed to anybody."""
    left = list(unaccounted(file))
    assert not left, f"{len(left)} messages are not accounted for: {'; '.join(left[:5])}"


def unaccounted(file: Path) -> Iterator[str]:
    """What is left over in a database, a line each; nothing where the tables were never made."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not {"inbox", "outbox"} <= tables:
            return
        for job_id, job, state, reason, parcel in connection.execute(ROWS):
            text = json.loads(job)["text"]
            owes_nothing = text.startswith(COMMAND) or reason == WITHDRAWN
            told = parcel in ARRIVED or (parcel is None and owes_nothing)
            if state not in ENDS or not told:
                yield f"{job_id[:8]} is {state}, its reply {parcel}"
        for parcel_id, state in connection.execute(OWED):
            yield f"parcel {parcel_id[:8]} is {state}"
