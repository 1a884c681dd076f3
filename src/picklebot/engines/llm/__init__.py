"""The engine on real models, through pydantic-ai.

`engine` is what others import; it loads nothing heavy. Everything else here imports pydantic-ai, takes seconds of
CPU to load and is loaded by the engine on its first turn.
"""
