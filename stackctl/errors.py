"""What went wrong in words for the person at the keyboard; the command line prints no stack trace."""


class StackError(Exception):
    """A failure that the user can act on: `message` says what is wrong, `hint` what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
