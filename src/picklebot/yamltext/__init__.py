"""Reading YAML strictly: every key and plain scalar stays the very text the operator sees."""

from picklebot.yamltext.document import Document, Plain
from picklebot.yamltext.error import YamlError
from picklebot.yamltext.reader import DEFAULT_MAX_BYTES, read

__all__ = ["DEFAULT_MAX_BYTES", "Document", "Plain", "YamlError", "read"]
