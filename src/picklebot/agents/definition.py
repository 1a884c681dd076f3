"""`AGENT.md`: front matter between two `---` lines, then the system prompt. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from picklebot.agents.tools import known_tools
from picklebot.errors import ConfigError
from picklebot.forms.form import Form, Names, wrong
from picklebot.forms.llm import LlmForm, ModelName
from picklebot.forms.problems import problems_of
from picklebot.forms.secret import SecretSources
from picklebot.model.agent import AgentDefinition, ModelChoice
from picklebot.yamltext import Document, read

AGENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What an agent's folder may be called."""

_MARK: Final = re.compile(r"---[ \t]*")


def _unsupported(value: Any) -> Any:
    if value in (None, "", [], {}):
        return None
    raise wrong("is not supported by this version; leave it out")


NotYet = Annotated[None, BeforeValidator(_unsupported)]


class FrontMatter(Form):
    """The keys of an AGENT.md."""

    name: str | None = Field(default=None, min_length=1)
    description: str = ""
    model: ModelName | None = None
    llm: LlmForm | None = None
    engine: Literal["llm", "claude-code"] = "llm"
    tools: Names = ()
    skills: NotYet = None
    mcp: NotYet = None
    step_limit: int = Field(default=20, ge=1)
    turn_timeout: float = Field(default=600, gt=0)
    memory: NotYet = None
    working_directory: NotYet = None
    allowed_users: Names = ()

    @field_validator("engine")
    @classmethod
    def _check_engine(cls, engine: str) -> str:
        if engine == "claude-code":
            raise wrong("claude-code is not supported by this version; use llm")
        return engine

    def choice(self, default: ModelChoice) -> ModelChoice:
        """The agent's model; what it does not say is the default's."""
        form = self.llm or LlmForm.model_validate({} if self.model is None else {"model": self.model})
        return form.choice(default)


def parse_agent(
    agent_id: str, text: str, *, source: str, default_model: ModelChoice, secrets: SecretSources
) -> AgentDefinition:
    """The definition in the text of an AGENT.md; what it does not say of its model is `default_model`'s.

    Raises ConfigError with `source` and the line in that file for missing or unclosed front matter, an
    unknown key, a wrong value, an unknown tool, or a missing prompt.
    """
    header, prompt, end = _split(text, source)
    document = read(header, source=source)
    matter = _check(document, secrets)
    for tool in matter.tools:
        if tool not in known_tools():
            known = ", ".join(sorted(known_tools()))
            raise document.error(f"there is no tool {tool}; there are: {known}", ("tools",))
    if not prompt.strip():
        raise ConfigError("the prompt is missing; write it below the second ---", source=source, line=end)
    return AgentDefinition(
        id=agent_id,
        name=matter.name or agent_id,
        prompt=prompt.strip(),
        description=matter.description,
        engine=matter.engine,
        model=matter.choice(default_model),
        tools=matter.tools,
        step_limit=matter.step_limit,
        turn_timeout=matter.turn_timeout,
        allowed_users=matter.allowed_users,
    )


def _split(text: str, source: str) -> tuple[str, str, int]:
    """Front matter, prompt, and the line of the closing mark. The front matter keeps its lines' numbers."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not _MARK.fullmatch(lines[0]):
        raise ConfigError("the first line must be ---, which begins the front matter", source=source, line=1)
    for number, line in enumerate(lines[1:], start=2):
        if _MARK.fullmatch(line):
            return "\n".join(["", *lines[1 : number - 1]]), "\n".join(lines[number:]), number
    raise ConfigError("the front matter is not closed; end it with a line ---", source=source, line=1)


def _check(document: Document, secrets: SecretSources) -> FrontMatter:
    given = {key: value for key, value in (document.data or {}).items() if value is not None}
    if "model" in given and "llm" in given:
        raise document.error("model and llm say the same; keep one of them", ("model",))
    try:
        return FrontMatter.model_validate(given, context=secrets)
    except ValidationError as error:
        first, *others = [
            document.error(problem.message, problem.path) for problem in problems_of(FrontMatter, error)
        ]
    message = "\n".join([first.message, *map(str, others)])
    raise ConfigError(message, source=first.source, line=first.line)
