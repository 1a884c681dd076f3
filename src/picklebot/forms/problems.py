"""What is wrong with a filled-in form, in sentences. Never quotes a secret. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]

_SENTENCES: Final = {
    "missing": "is missing",
    "int_parsing": "must be a whole number{not_this}",
    "int_from_float": "must be a whole number{not_this}",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number{not_this}",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false{not_this}",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "literal_error": "must be {expected}{not_this}",
    "enum": "must be {expected}{not_this}",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "is empty",
    "tuple_type": "must be a list",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place. `message` is a sentence that begins with the key; `item` the entry of a list that is meant."""

    path: Path
    message: str
    unknown: bool = False
    item: str | None = None


def problems_of(form: type[BaseModel], error: ValidationError) -> list[Problem]:
    """What `error` says about a `form`, in the order of the form's keys."""
    details = error.errors(include_url=False, include_context=True)
    return [_problem(form, detail) for detail in details]


def key_names(form: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of a form, dotted, blocks included. The keys of a free mapping are below `<key>.*`."""
    for name, field in form.model_fields.items():
        yield prefix + name
        inner, free = _inner(field.annotation)
        if inner is not None:
            yield from key_names(inner, f"{prefix}{name}.{'*.' if free else ''}")


def dotted(path: Path) -> str:
    """A path as people write it: `messagebus.telegram.chats.-100`."""
    return ".".join(map(str, path))


def _problem(form: type[BaseModel], detail: ErrorDetails) -> Problem:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    context = detail.get("ctx", {})
    if detail["type"] == "extra_forbidden":
        return Problem(path, f"unknown key {dotted(path)}{_suggestion(form, path)}", unknown=True)
    if detail["type"] == "wrong":
        message = str(context["message"])
        colon = "" if message.startswith(("is ", "must ")) else ":"
        return Problem(path, f"{dotted(path)}{colon} {message}", item=context["item"])
    sentence = _SENTENCES.get(detail["type"])
    if sentence is None:
        return Problem(path, f"{dotted(path)}: {detail['msg']}")
    expected = str(context.get("expected", "")).replace("'", "")
    wording = sentence.format(**{**context, "expected": expected, "not_this": _not_this(detail["input"])})
    return Problem(path, f"{dotted(path)} {wording}")


def _not_this(value: Any) -> str:
    return f", not {value}" if isinstance(value, str | int | float) and len(str(value)) <= 60 else ""


def _suggestion(form: type[BaseModel], path: Path) -> str:
    parent = _form_at(form, path[:-1])
    near = get_close_matches(str(path[-1]), parent.model_fields, n=1) if parent else []
    return f"; did you mean {near[0]}?" if near else ""


def _form_at(form: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The form of the block at `path`, which stands in `form`."""
    here: type[BaseModel] | None = form
    steps = iter(path)
    for step in steps:
        here, free = _inner(here.model_fields[str(step)].annotation if here else None)
        if free:
            next(steps, None)
    return here


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The form inside an annotation, and whether it is the value of a free mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        found, free = _inner(part)
        if found is not None:
            return found, free or get_origin(annotation) is dict
    return None, False
