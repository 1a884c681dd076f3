"""What turning an answer into messages costs (P16): Markdown to Telegram's entities and blocks, and to
Discord's dialect."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.figures import Report, Row, spread

from picklebot.platforms.discord.render import render as to_discord
from picklebot.platforms.telegram.render import render as to_telegram
from picklebot.platforms.telegram.rich.render import render_richly as to_rich_telegram
from picklebot.replies.markdown.unfinished import steady

REPEATS = 200
ANSWER = """## How to make a pickle

Take **fresh cucumbers**, `salt` and [clean jars](https://example.org/jars). *Do not* hurry.

1. Wash them
2. Salt them
   - 30 g for a litre
   - less is ~~fine~~ risky

| what | grams |
|---|--:|
| salt | 30 |
| dill | 5 |

```python
def brine(litres: float) -> float:
    return 30 * litres
```

> Patience is the best spice.

"""
CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "to Telegram": to_telegram,
    "to Telegram's rich messages": to_rich_telegram,
    "to Discord": to_discord,
    "made steady for a preview": steady,
}
LONG = 100_000


async def report(rounds: int) -> Report:
    """CPU of one conversion of a usual answer, and of a hundred kilobytes of it."""
    rows: list[Row] = []
    for name, convert in CONVERSIONS.items():
        usual = [1e6 * _seconds(convert, ANSWER, REPEATS) for _ in range(rounds)]
        long = [_seconds(convert, ANSWER * (LONG // len(ANSWER)), 1) for _ in range(rounds)]
        rows.append(
            Row("P16", f"an answer of {len(ANSWER)} characters {name}", spread(usual, " µs", 0), None)
        )
        rows.append(Row("P16", f"100 kB {name}: under 1 s of CPU", spread(long, " s"), _all_under(long, 1)))
    return Report(rows)


def _seconds(convert: Callable[[str], Any], text: str, repeats: int) -> float:
    began = time.process_time()
    for _ in range(repeats):
        convert(text)
    return (time.process_time() - began) / repeats


def _all_under(values: Sequence[float], limit: float) -> bool:
    return max(values) < limit
