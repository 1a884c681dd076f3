"""The search for secrets finds them, however they were put."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.canaries import Canaries

FORMS: list[Callable[[str], object]] = [
    str,
    str.encode,
    quote,
    lambda secret: json.dumps({"key": f"Bearer {secret}"}),
    lambda secret: {"a": ["b", (f"x{secret}y",)]},
    ValueError,
    *(
        lambda secret, before=before: base64.b64encode(f"{before}{secret}:x".encode())
        for before in ("", "a", "ab", "abc")
    ),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_any_form(form: Callable[[str], object]) -> None:
    canaries = Canaries("known-elsewhere-123")
    for secret in canaries.secrets:
        assert canaries.seen_in(form(secret)) == [secret]
    assert canaries.seen_in(form("nothing-secret-at-all")) == []


def test_a_part_of_a_token_is_found() -> None:
    canaries = Canaries()
    assert canaries.seen_in(canaries.telegram_token.partition(":")[2]) == [canaries.telegram_token]


def test_files_are_searched_but_the_operators_own(tmp_path: Path) -> None:
    canaries = Canaries()
    (tmp_path / "config.yaml").write_text(f"llm: {{api_key: {canaries.api_key}}}\n")
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "picklebot.db")) as database, database:
        database.execute("CREATE TABLE t (x TEXT)")
        database.execute("INSERT INTO t VALUES (?)", ("harmless",))
        database.commit()
        canaries.assert_kept(tmp_path, log="harmless")
        database.execute("INSERT INTO t VALUES (?)", (f"https://x/bot{canaries.telegram_token}/getMe",))
    assert canaries.seen(tmp_path, log=canaries.api_key) == {
        "log": [canaries.api_key],
        "data/picklebot.db": [canaries.telegram_token],
    }
    with pytest.raises(AssertionError, match=r"secrets came out: data/picklebot\.db") as caught:
        canaries.assert_kept(tmp_path)
    assert canaries.telegram_token not in str(caught.value)
