"""The garbage collector while a gateway is loaded."""

import gc
from collections.abc import Generator

import pytest

from picklebot.cli.heap import loading


@pytest.fixture(autouse=True)
def unfrozen() -> Generator[None]:
    yield
    gc.unfreeze()


def test_what_was_loaded_is_set_apart_and_the_collector_goes_on() -> None:
    with loading():
        assert not gc.isenabled()
        loaded = [object()]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(it is loaded for it in gc.get_objects())


def test_a_start_that_fails_sets_nothing_apart() -> None:
    with pytest.raises(RuntimeError), loading():
        raise RuntimeError
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
