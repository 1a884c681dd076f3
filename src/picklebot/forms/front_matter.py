"""Front matter between two `---` lines, then a prompt: how agents and schedules are written. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from pydantic import ValidationError

from picklebot.errors import ConfigError
from picklebot.forms.form import Form
from picklebot.forms.problems import problems_of
from picklebot.forms.secret import SecretSources
from picklebot.yamltext import Document, Plain, read

F = TypeVar("F", bound=Form)

_MARK: Final = re.compile(r"---[ \t]*")


@dataclass(frozen=True, slots=True)
class Prompted:
    """One such file: its front matter, what stands below it, and the line of the closing mark."""

    matter: Document
    body: str
    end: int

    @classmethod
    def split(cls, text: str, *, source: str) -> Self:
        """Take a file apart; the front matter keeps its lines' numbers.

        Raises ConfigError with `source` and the line for front matter that is missing, not closed, or no YAML.
        """
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        if not _MARK.fullmatch(lines[0]):
            message = "the first line must be ---, which begins the front matter"
            raise ConfigError(message, source=source, line=1)
        for number, line in enumerate(lines[1:], start=2):
            if _MARK.fullmatch(line):
                matter = read("\n".join(["", *lines[1 : number - 1]]), source=source)
                return cls(matter, "\n".join(lines[number:]).strip(), number)
        raise ConfigError("the front matter is not closed; end it with a line ---", source=source, line=1)

    @property
    def given(self) -> dict[str, Plain]:
        """The keys that have a value."""
        return {key: value for key, value in (self.matter.data or {}).items() if value is not None}

    def fill(self, form: type[F], *, secrets: SecretSources | None = None) -> F:
        """The front matter as a form. Raises ConfigError with a line for each mistake."""
        try:
            return form.model_validate(self.given, context=secrets)
        except ValidationError as error:
            first, *others = [
                self.matter.error(problem.message, problem.path) for problem in problems_of(form, error)
            ]
        message = "\n".join([first.message, *map(str, others)])
        raise ConfigError(message, source=first.source, line=first.line)

    def prompt(self) -> str:
        """The body. Raises ConfigError where there is none."""
        if not self.body:
            message = "the prompt is missing; write it below the second ---"
            raise ConfigError(message, source=self.matter.source, line=self.end)
        return self.body
