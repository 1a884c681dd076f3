"""Modals, which are forms: what Discord takes for one, and what its client submits."""

from collections.abc import Iterator, Mapping
from typing import Any

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.refusals import invalid_form

ROW = 1
FIELD = 4
TEXT = 10
LABEL = 18

TITLE_LIMIT = 45
CUSTOM_ID_LIMIT = 100
HINT_LIMIT = 100
COMPONENTS_LIMIT = 5
WRITTEN_LIMIT = 4000
STYLES = (1, 2)
"""One line, and several."""
NO_FORM: Json = {"components": []}


def read_modal(data: Json) -> Json:
    """The modal that the bot answers with. Raises Refused (50035) for what Discord takes for none."""
    _measure("title", data.get("title"), 1, TITLE_LIMIT)
    _measure("custom_id", data.get("custom_id"), 1, CUSTOM_ID_LIMIT)
    components: list[Any] = list(data.get("components") or ())
    if not 1 <= len(components) <= COMPONENTS_LIMIT:
        raise invalid_form("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for component in components:
        _check_component(component)
    ids = [field["custom_id"] for field in fields_of(data)]
    if len({*ids}) < len(ids):
        raise invalid_form(
            "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id is a duplicate"
        )
    return data


def fields_of(modal: Json) -> Iterator[Json]:
    """Its text inputs, each with its `label`, whatever it is wrapped in."""
    for component in modal["components"]:
        if component["type"] == LABEL:
            yield {**component["component"], "label": component["label"]}
        elif component["type"] == ROW:
            yield component["components"][0]


def submitted(modal: Json, values: Mapping[str, str]) -> list[Json]:
    """What the client sends of it, what is not among `values` as it stood there.

    Raises ValueError for what the client would not let anybody submit.
    """
    known = {field["custom_id"]: field for field in fields_of(modal)}
    if strange := [name for name in values if name not in known]:
        raise ValueError(f"the form has no field {strange}; it has {[*known]}")
    written = {name: values.get(name, field.get("value") or "") for name, field in known.items()}
    for name, text in written.items():
        _check_written(known[name], text)
    return [_sent(component, number, written) for number, component in enumerate(modal["components"])]


def _check_component(component: Json) -> None:
    match component.get("type"):
        case 18:
            _measure("label", component.get("label"), 1, TITLE_LIMIT)
            _measure("description", component.get("description", ""), 0, HINT_LIMIT)
            _check_field(component.get("component") or {}, labelled=True)
        case 1 if len(component.get("components") or ()) == 1:
            _check_field(component["components"][0], labelled=False)
        case 10:
            _measure("content", component.get("content"), 1, WRITTEN_LIMIT)
        case _:
            raise invalid_form(
                "components",
                "UNION_TYPE_CHOICES",
                "The sandbox plays labels, texts, and rows of one text input",
            )


def _check_field(field: Json, *, labelled: bool) -> None:
    if field.get("type") != FIELD or field.get("style") not in STYLES:
        raise invalid_form(
            "component", "UNION_TYPE_CHOICES", "The sandbox plays text inputs of style 1 and 2"
        )
    _measure("custom_id", field.get("custom_id"), 1, CUSTOM_ID_LIMIT)
    if labelled == ("label" in field and field["label"] is not None):
        raise invalid_form(
            "label", "COMPONENT_LABEL", "A text input has a label in a row, and none in a label"
        )
    if not labelled:
        _measure("label", field["label"], 1, TITLE_LIMIT)
    _measure("placeholder", field.get("placeholder") or "", 0, HINT_LIMIT)
    least, most = int(field.get("min_length") or 0), int(field.get("max_length", WRITTEN_LIMIT))
    if not (0 <= least <= WRITTEN_LIMIT and 1 <= most <= WRITTEN_LIMIT and least <= most):
        raise invalid_form("max_length", "NUMBER_TYPE_MAX", "int value should be between 1 and 4000.")
    _measure("value", field.get("value") or "", 0, most)


def _check_written(field: Json, text: str) -> None:
    if not text and field.get("required", True):
        raise ValueError(f"{field['label']!r} is required")
    least, most = int(field.get("min_length") or 0), int(field.get("max_length", WRITTEN_LIMIT))
    if text and not least <= len(text) <= most:
        raise ValueError(f"{field['label']!r} takes {least} to {most} characters, not {len(text)}")
    if field["style"] == 1 and "\n" in text:
        raise ValueError(f"{field['label']!r} has one line")


def _sent(component: Json, number: int, written: Mapping[str, str]) -> Json:
    """The component with nothing but what was written, as Discord sends it."""
    if component["type"] == TEXT:
        return {"type": TEXT, "id": number + 1}
    field = component["component"] if component["type"] == LABEL else component["components"][0]
    name = field["custom_id"]
    sent = {"type": FIELD, "id": number + 101, "custom_id": name, "value": written[name]}
    if component["type"] == LABEL:
        return {"type": LABEL, "id": number + 1, "component": sent}
    return {"type": ROW, "id": number + 1, "components": [sent]}


def _measure(field: str, text: Any, least: int, most: int) -> None:
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise invalid_form(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
