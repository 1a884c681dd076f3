"""The engine that works offline: it repeats what was said and shows that the history is there."""
