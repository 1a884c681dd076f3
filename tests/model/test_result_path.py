"""Names of files that a model gives."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import GOOD, PATHS

from picklebot.model.result_path import LONGEST, is_result_path, name_of, result_path

pytestmark = pytest.mark.requirement("P29")


@pytest.mark.parametrize("path", PATHS)
def test_a_hostile_name_names_nothing(path: str) -> None:
    assert not is_result_path(path)
    with pytest.raises(ValueError, match="it"):
        result_path(path)


@pytest.mark.parametrize("path", GOOD)
def test_people_may_call_their_files_as_they_like(path: str) -> None:
    assert result_path(path) == path
    assert is_result_path(path)
    assert name_of(path) == path.rsplit("/", maxsplit=1)[-1]


def test_what_looks_the_same_is_the_same() -> None:
    assert result_path("u\u0308ber.txt") == "\u00fcber.txt"
    assert not is_result_path("u\u0308ber.txt")


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["a", "..", ".", "/", "\\", "\0", "b.c"])).map("".join)
)
def test_what_names_a_file_stays_below_its_folder(text: str) -> None:
    try:
        path = result_path(text)
    except ValueError:
        return
    assert not PurePosixPath(path).is_absolute()
    assert ".." not in PurePosixPath(path).parts + PureWindowsPath(path).parts
    assert PureWindowsPath(path).anchor == ""
    assert result_path(path) == path == unicodedata.normalize("NFC", path)
    assert len(path.encode()) <= LONGEST
