"""Secrets as they are written: as they are, as `${NAME}` of the environment, or as `file:PATH`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, SecretStr, ValidationInfo

from picklebot.forms.form import wrong

_NAME: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class SecretSources:
    """Where secrets are looked up; the context to validate a form with. `folder` is what `file:` is relative to."""

    environ: Mapping[str, str]
    folder: Path

    def resolve(self, text: str) -> str:
        """The secret itself. Raises `wrong`, which names the variable or file and never the secret."""
        if match := _NAME.fullmatch(text):
            return self._variable(match[1])
        if text.startswith("file:"):
            return self._file(text.removeprefix("file:").strip())
        if not text:
            raise wrong("is empty; write the secret, ${NAME} or file:PATH")
        return text

    def _variable(self, name: str) -> str:
        value = self.environ.get(name, "").strip()
        if not value:
            raise wrong(f"the environment variable {name} is not set")
        return value

    def _file(self, name: str) -> str:
        path = self.folder / name
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text file"
            raise wrong(f"the file {path} cannot be read: {reason}") from None
        if not value:
            raise wrong(f"the file {path} is empty")
        return value


def _resolve(value: Any, info: ValidationInfo) -> Any:
    switched_off = info.data.get("enabled") is False
    if switched_off or not isinstance(value, str) or not isinstance(info.context, SecretSources):
        return value
    return info.context.resolve(value.strip())


Secret = Annotated[SecretStr, BeforeValidator(_resolve)]
"""A secret. It is looked up in the SecretSources of the validation, but not in a block with `enabled: false`."""
