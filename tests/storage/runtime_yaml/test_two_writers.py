"""An operator with stale buffers against the service: per key, nobody's change is lost."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picklebot.storage.runtime_yaml import Pace, RuntimeYamlSync
from picklebot.testing.ledger import MemoryLedger
from picklebot.yamltext import read

T = "telegram"
PACE = Pace(settle=0.0001, write=0.0, late=0.0, hold=60)
_KEYS = st.sampled_from("1234")  # so few that no removal is a mass removal
_IDS = st.sampled_from(["a", "b", "c", None])
_STEPS = st.one_of(
    st.tuples(st.just("speak"), _KEYS, _IDS),
    st.tuples(st.just("open"), st.integers(0, 2)),
    st.tuples(st.just("edit"), st.integers(0, 2), _KEYS, _IDS),
    st.tuples(st.just("save"), st.integers(0, 2)),
    st.tuples(st.just("restart")),
)


class Buffer:
    """What an editor holds: the bindings it loaded, as they are edited, under the revision it loaded."""

    def __init__(self, text: str) -> None:
        self.head = text.splitlines()[0]
        sessions: Any = read(text, source="f").mapping(("messagebus", T, "sessions"))
        self.seen: dict[str, str] = dict(sessions)
        self.now = dict(self.seen)

    @property
    def text(self) -> str:
        lines = [f'      "{key}": {name}' for key, name in self.now.items()]
        return "\n".join([self.head, "messagebus:", f"  {T}:", "    sessions:", *lines, ""])

    def touched(self) -> dict[str, str | None]:
        keys = self.seen.keys() | self.now.keys()
        return {key: self.now.get(key) for key in keys if self.now.get(key) != self.seen.get(key)}


def put(bindings: dict[str, str], key: str, name: str | None) -> None:
    if name is None:
        bindings.pop(key, None)
    else:
        bindings[key] = name


@pytest.mark.slow
@pytest.mark.requirement("P23")
@pytest.mark.requirement("B2")
@settings(max_examples=80, deadline=None)
@given(steps=st.lists(_STEPS, min_size=15, max_size=30))
async def test_stale_buffers_and_the_service_lose_nothing(steps: list[tuple[Any, ...]]):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.runtime.yaml"
        ledger = MemoryLedger()
        sync = RuntimeYamlSync(path, ledger, on_document=lambda _: None, pace=PACE)
        await sync.start()
        expected: dict[str, str] = {}
        buffers = [Buffer(path.read_text()) for _ in range(3)]
        for step in steps:
            match step:
                case ("speak", key, name):
                    ledger.put(T, key, name)
                    put(expected, key, name)
                case ("open", which):
                    buffers[which] = Buffer(path.read_text())
                case ("edit", which, key, name):
                    put(buffers[which].now, key, name)
                case ("save", which):
                    path.write_text(buffers[which].text)
                    for key, name in buffers[which].touched().items():
                        put(expected, key, name)
                    await sync.flush()
                    assert sync.trouble is None
                    assert Buffer(path.read_text()).now == expected
                case _:
                    sync = RuntimeYamlSync(path, ledger, on_document=lambda _: None, pace=PACE)
                    await sync.start()
            assert {key: name for (_, key), name in ledger.bindings.items()} == expected
