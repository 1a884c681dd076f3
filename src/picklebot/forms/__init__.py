"""What people write in files, checked: strict pydantic forms, and their problems as sentences."""

from picklebot.forms.form import Form, HttpUrl, Ids, wrong
from picklebot.forms.llm import PROVIDERS, LlmForm
from picklebot.forms.problems import Problem, key_names, problems_of
from picklebot.forms.secret import Secret, SecretSources

__all__ = [
    "PROVIDERS",
    "Form",
    "HttpUrl",
    "Ids",
    "LlmForm",
    "Problem",
    "Secret",
    "SecretSources",
    "key_names",
    "problems_of",
    "wrong",
]
