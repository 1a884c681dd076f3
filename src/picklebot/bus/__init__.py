"""From a platform's message to a kept job: admission, session, one commit, and only then "received"."""
