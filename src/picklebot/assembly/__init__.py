"""Stretches of the road as the settings want them; `app.py` puts them together."""
