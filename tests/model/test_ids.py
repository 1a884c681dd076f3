"""Ids of jobs and parcels."""

from __future__ import annotations

import os
import re

from picklebot.model.ids import new_id


def test_ids_are_hexadecimal_and_never_the_same() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert all(re.fullmatch("[0-9a-f]{32}", it) for it in ids)
    assert len(set(ids)) == len(ids)


def test_a_process_that_is_forked_off_has_ids_of_its_own() -> None:
    new_id()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 32).decode() != new_id()
    os.close(ours)
    os.close(theirs)
