"""The keys of whoever listens to recordings: the `transcription` block of config.yaml."""

from __future__ import annotations

from picklebot.forms.form import Form, HttpUrl
from picklebot.forms.llm import LlmForm, ModelName
from picklebot.forms.secret import Secret
from picklebot.model.agent import ModelChoice


class TranscriptionForm(Form):
    """Which model puts recordings into words, and how to reach it."""

    model: ModelName = "openai:whisper-1"
    """provider:model, of a provider with OpenAI's /audio/transcriptions"""
    api_key: Secret | None = None
    """the provider's key; without it that of `llm`, if it is the same provider, or the environment's"""
    base_url: HttpUrl | None = None
    """another address of the provider's API, such as a local server"""

    def choice(self, llm: ModelChoice) -> ModelChoice:
        """What is written here; address and key of `llm` are taken over as an agent's would be."""
        return LlmForm(model=self.model, api_key=self.api_key, base_url=self.base_url).choice(llm)
