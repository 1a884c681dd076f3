"""What a model is told besides the conversation. Pure."""

from __future__ import annotations

from typing import Final

from picklebot.model.agent import AgentDefinition
from picklebot.model.job import Job
from picklebot.model.message import ChatKind
from picklebot.model.schedule import NOTHING, SCHEDULE

_PLACES = {"telegram": "Telegram", "discord": "Discord", "web": "a web page", "console": "a terminal"}
_LONGEST_NAME: Final = 64
_SCHEDULED: Final = (
    "A schedule asks you now, and nobody waits for your answer: all of it is posted to people who did not ask. "
    f"When there is nothing to tell them, answer {NOTHING}, that word alone, and nothing is posted."
)


def system_prompt(agent: AgentDefinition, job: Job) -> str:
    """The agent's own words, then where it is talking and with whom."""
    if job.address.platform == SCHEDULE:
        return f"{agent.prompt.strip()}\n\nYou are {agent.name}. {_SCHEDULED}"
    place = _PLACES.get(job.address.platform, job.address.platform)
    if job.address.chat_kind is ChatKind.GROUP:
        place = f"a group chat on {place}" if place in {"Telegram", "Discord"} else place
    # People choose their names: on one line, and short, a name cannot pass for more instructions.
    name = " ".join(job.sender.name.split())[:_LONGEST_NAME]
    partner = f" with {name}" if name else ""
    return f"{agent.prompt.strip()}\n\nYou are {agent.name}, talking{partner} in {place}."
