"""The HTTP door: the page's endpoints, and `/api/v1` for programs."""
