"""The JSON schema of config.yaml, for editors that complete and check as one types."""

from __future__ import annotations

from typing import Any

from picklebot.config.settings import Settings


def json_schema() -> dict[str, Any]:
    """The schema; every key has its meaning as description."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(),
        "title": "picklebot's config.yaml",
    }
