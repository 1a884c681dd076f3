"""What a file that cannot be read is answered with."""

from __future__ import annotations

from picklebot.errors import ConfigError


class YamlError(ConfigError):
    """The text is not YAML, or not the YAML that picklebot reads. One line, with `source` and `line`."""

    code = "yaml"
