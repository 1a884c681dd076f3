"""From reply events to a chat: the stream, its fold, the paced showing by edits, and delivery until it arrived."""
