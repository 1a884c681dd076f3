"""From a kept job to an answer: agent definitions, prompts, tools, and the worker that runs turns."""
