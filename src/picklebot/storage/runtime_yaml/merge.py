"""Three views of the bindings, merged key by key: what did the operator do?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from picklebot.ports.ledger import BindingEdit, BindingKey, Bindings

_MANY: Final = 5


@dataclass(frozen=True, slots=True)
class Removal:
    """A binding that the operator took out, with the session it led to."""

    platform: str
    key: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The outcome.

    edits      what the operator changed, to be applied to our bindings
    removed    those of the edits that end a binding we have
    conflicts  keys that the operator and the service changed differently; the operator won
    shared     session ids that stand under more than one key of the operator's view
    result     our bindings after the edits
    vanished   whether so many bindings went at once that a half-written file is more likely than an edit
    """

    edits: tuple[BindingEdit, ...]
    removed: tuple[Removal, ...]
    conflicts: tuple[BindingKey, ...]
    shared: tuple[str, ...]
    result: Bindings
    vanished: bool


def merge(base: Bindings, ours: Bindings, theirs: Bindings) -> Merge:
    """Merge the operator's view `theirs`, made from `base`, into `ours`.

    A key that reads the same in `theirs` as in `base` was not touched, so ours stays; that holds for a key in
    neither, which the operator has not seen. Any other key is the operator's.
    """
    touched = sorted({key for key, _ in base.items() ^ theirs.items()})
    changed = [key for key in touched if theirs.get(key) != ours.get(key)]
    result = dict(ours)
    for key in changed:
        if key in theirs:
            result[key] = theirs[key]
        else:
            del result[key]
    removed = tuple(Removal(*key, ours[key]) for key in changed if key not in theirs)
    return Merge(
        edits=tuple(BindingEdit(*key, theirs.get(key)) for key in changed),
        removed=removed,
        conflicts=tuple(key for key in changed if ours.get(key) != base.get(key)),
        shared=tuple(sorted(name for name, count in Counter(theirs.values()).items() if count > 1)),
        result=result,
        vanished=len(removed) >= _MANY and 2 * len(removed) > len(ours),
    )
