"""The curves are SVG whose points lie inside the frame, whatever the figures are."""

from xml.etree import ElementTree as ET

from bench.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, curves
from hypothesis import given
from hypothesis import strategies as st

SVG = "{http://www.w3.org/2000/svg}"
figures = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=3)


@given(st.dictionaries(st.integers(0, 10**6), figures, min_size=1, max_size=5), st.text("<&ab", max_size=5))
def test_all_points_lie_inside(runs: dict[int, list[float]], title: str):
    drawing = ET.fromstring(curves(title, "sizes", "µs", {"one": runs, "other": runs}))
    assert drawing.findtext(f"{SVG}title") == title
    points = [it for it in drawing.iter(f"{SVG}circle") if it.get("cy") != "42"]
    assert len(points) == 2 * len(runs)
    for point in points:
        assert LEFT <= float(point.get("cx", "")) <= WIDTH - RIGHT
        assert TOP - 0.1 <= float(point.get("cy", "")) <= HEIGHT - BOTTOM + 0.1
