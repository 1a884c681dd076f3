"""What all platforms need to know of the Markdown that models write. Pure."""
