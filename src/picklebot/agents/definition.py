"""`AGENT.md`: front matter between two `---` lines, then the system prompt. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from picklebot.agents.tools import known_tools
from picklebot.forms.form import Form, Names, wrong
from picklebot.forms.front_matter import Prompted
from picklebot.forms.llm import LlmForm, ModelName
from picklebot.forms.secret import SecretSources
from picklebot.model.agent import AgentDefinition, Busy, ModelChoice


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
    busy: Busy = Busy.QUEUE
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
    file = Prompted.split(text, source=source)
    if "model" in file.given and "llm" in file.given:
        raise file.matter.error("model and llm say the same; keep one of them", ("model",))
    matter = file.fill(FrontMatter, secrets=secrets)
    for tool in matter.tools:
        if tool not in known_tools():
            known = ", ".join(sorted(known_tools()))
            raise file.matter.error(f"there is no tool {tool}; there are: {known}", ("tools",))
    return AgentDefinition(
        id=agent_id,
        name=matter.name or agent_id,
        prompt=file.prompt(),
        description=matter.description,
        engine=matter.engine,
        model=matter.choice(default_model),
        tools=matter.tools,
        step_limit=matter.step_limit,
        turn_timeout=matter.turn_timeout,
        allowed_users=matter.allowed_users,
        busy=matter.busy,
    )
