"""What may stand for a variable part of a path."""

from werkzeug.routing import UnicodeConverter, ValidationError


class PathPart(UnicodeConverter):
    """Any text but NUL, which PostgreSQL does not take: nothing is named so, hence 404."""

    def to_python(self, value: str) -> str:
        if "\0" in value:
            raise ValidationError
        return value
