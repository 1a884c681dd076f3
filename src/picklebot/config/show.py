"""The settings in force, as the YAML that an operator could have written. Secrets are `***`."""

from __future__ import annotations

from io import StringIO
from typing import Any, Final, cast

from pydantic import BaseModel, SecretStr
from ruamel.yaml import YAML

from picklebot.config.settings import Settings
from picklebot.forms.chat import off
from picklebot.model.rate import Rate

HIDDEN: Final = "***"


def show(settings: Settings) -> str:
    """Every setting with its value, defaults included; what is not set is left out."""
    yaml = YAML()
    text = StringIO()
    yaml.dump(_plain(settings), text)
    return text.getvalue()


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            return _block(value)
        case dict():
            free = cast("dict[str, Any]", value)
            return {key: _plain(inner) for key, inner in free.items()}
        case SecretStr():
            return HIDDEN
        case frozenset():
            return sorted(cast("frozenset[str]", value))
        case Rate():
            return _rate(value)
        case _:
            return getattr(value, "value", value)


def _block(form: BaseModel) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key in type(form).model_fields:
        value = getattr(form, key)
        if value is not None:
            shown[key] = _plain(value)
        elif key == "rate":
            shown[key] = off(False)
    return shown


def _rate(rate: Rate) -> str:
    unit = {1.0: "s", 60.0: "min", 3600.0: "h"}[rate.seconds]
    return f"{rate.amount}/{unit} burst {rate.burst}"
