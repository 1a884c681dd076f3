"""A file that does not parse or validate is never written over, and nobody loses their session by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.canaries import Canaries
from tests.figures import Figure
from tests.storage.runtime_yaml.broken import BROKEN, HEAD
from tests.storage.runtime_yaml.operator import Place

from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml import Pace
from picklebot.storage.runtime_yaml.splice import fresh

QUICK = Pace(settle=0.0001, write=0.0, late=0.0, hold=60)
BINDINGS = {("telegram", str(number)): f"s{number}" for number in (1, 2, 3)}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Database.open(f"sqlite:///{tmp_path}/data/picklebot.db") as database:
        yield Place(tmp_path / "config.runtime.yaml", database, QUICK)


@pytest.mark.requirement("P24")
@pytest.mark.requirement("P30")
async def test_sixty_broken_files_change_nothing_and_are_named(place: Place, figure: Figure) -> None:
    assert len(BROKEN) >= 60
    canaries = Canaries()
    for (_, key), session_id in BINDINGS.items():
        await place.speak(key, session_id)
    await place.sync.start()
    whole = place.path.read_bytes()
    for content, line, word in BROKEN:
        raw = content if isinstance(content, bytes) else content.encode()
        secret = f"{HEAD}# token: {canaries.api_key}\n".encode()
        shift = 1 if line and HEAD.encode() in raw else 0
        raw = raw.replace(HEAD.encode(), secret) if shift else raw
        for restarted in (False, True):
            with capture_logs() as logs:
                place.path.write_bytes(raw)
                if restarted:
                    place.again()
                    await place.sync.start()
                else:
                    await place.sync.flush()
            said = [str(entry["reason"]) for entry in logs if "reason" in entry]
            where = f"{place.path}:{line + shift}: " if line else f"{place.path}: "
            assert len(said) == 1, raw
            assert said[0].startswith(where), (raw, said)
            assert word in said[0], (raw, said)
            assert "\n" not in said[0]
            canaries.assert_kept(logs=logs)
            assert place.path.read_bytes() == raw
            assert await place.bindings() == BINDINGS
            assert place.sync.trouble == said[0]
            place.path.write_bytes(whole)
            await place.sync.flush()
            assert place.sync.trouble is None
    assert await place.bindings() == BINDINGS
    figure("P24", "written over or taken of broken files", f"0 of {len(BROKEN)}")


@pytest.mark.slow
@pytest.mark.requirement("P24")
@pytest.mark.parametrize("restarted", [False, True])
async def test_no_prefix_of_a_file_changes_or_ends_a_binding_that_it_reaches(
    place: Place, restarted: bool, figure: Figure
) -> None:
    """A disk that was full, or an editor that was killed, leaves the beginning of a file.

    Cut between two lines it is what an operator may have meant, so only a mass removal is held then; cut in a
    line it is broken, and nothing of it counts.
    """
    bindings = {("telegram", f"{user}@-100987#5"): f"0d1f6c0e-{user}" for user in range(9)}
    for (_, key), session_id in bindings.items():
        await place.speak(key, session_id)
    await place.sync.start()
    whole = place.path.read_bytes()
    assert whole == fresh(bindings, len(bindings))
    cuts = [cut for cut in range(len(whole)) if b"\n" not in (whole[cut - 1 : cut], whole[cut : cut + 1])]
    for cut in cuts:
        place.path.write_bytes(whole[:cut])
        if restarted:
            place.again()
            await place.sync.start()
        else:
            await place.sync.flush()
        assert await place.bindings() == bindings, whole[:cut]
        assert place.path.read_bytes() == whole[:cut]
    place.path.write_bytes(whole)
    await place.sync.flush()
    assert place.sync.trouble is None
    figure("P24", "written over or taken of cut files", f"0 of {len(cuts)}")
