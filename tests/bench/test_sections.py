"""Two writers share bench/RESULTS.md; neither may touch what the other wrote."""

from pathlib import Path

import pytest
from bench.sections import placed, put
from hypothesis import given
from hypothesis import strategies as st

bodies = st.text(st.sampled_from("ab \n|#"), max_size=30)


@given(bodies, bodies, bodies)
def test_a_section_is_replaced_and_the_other_stays_as_it_is(first: str, other: str, again: str):
    whole = placed(placed("", "cost", first), "promises", other)
    changed = placed(whole, "cost", again)
    assert changed == placed(placed("", "cost", again), "promises", other)
    assert placed(changed, "cost", first) == whole


def test_a_section_without_its_end_is_refused():
    with pytest.raises(ValueError, match="put `<!-- end: cost -->` after it"):
        placed("<!-- begin: cost -->\nfigures\n", "cost", "new")


def test_a_file_keeps_what_stands_around_the_section(tmp_path: Path):
    path = tmp_path / "RESULTS.md"
    put(path, "cost", "old")
    path.write_text("# Before\n\n" + path.read_text() + "\nAfter\n")
    put(path, "cost", "new")
    assert path.read_text() == "# Before\n\n<!-- begin: cost -->\nnew\n<!-- end: cost -->\n\nAfter\n"
