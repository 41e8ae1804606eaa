"""What the house refuses, and why. Anything else that is raised is a bug."""


class Refused(Exception):
    """A request that cannot be granted, for a reason that may be told.

    `code` is ASCII, names the reason for tests, logs and the translation key `error.<code>`;
    `facts` fill the placeholders of that text and never hold a secret.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class WrongCredentials(Refused):
    """Name and password do not fit, or the account may not sign in; which of them stays secret."""

    def __init__(self, code: str = "wrong_credentials", **facts: object) -> None:
        super().__init__(code, **facts)


class PasswordVoid(Refused):
    """The right password, which opens nothing any more: a new one comes through a mailed link."""


class WeakPassword(Refused):
    """The password breaks rules; `problems` names every one of them (see `plugins.Problem`)."""

    def __init__(self, problems: tuple[object, ...]) -> None:
        super().__init__("weak_password")
        self.problems = problems


class LinkDead(Refused):
    """A mailed link that opens nothing any more: unknown, used or over."""


class WrongPin(Refused):
    """A PIN that is mistyped, or does not fit what was asked."""


class Throttled(Refused):
    """Too often; `facts["seconds"]` tells when the next try may succeed."""

    def __init__(self, seconds: int, code: str = "throttled") -> None:
        super().__init__(code, seconds=seconds)
        self.seconds = seconds


class Busy(Refused):
    """The machine has more to compute than it can now; ask again in `seconds`."""

    def __init__(self, seconds: int = 2) -> None:
        super().__init__("busy", seconds=seconds)
        self.seconds = seconds


class NotAllowed(Refused):
    """The person asking may not do this, or the thing asked for is not there."""


class RequestOver(Refused):
    """A sign-in for an application that waited too long, or waits in another browser."""

    def __init__(self, **facts: object) -> None:
        super().__init__("request_expired", **facts)


class Misconfigured(Exception):
    """The installation cannot start like this; every mistake with its place, at once."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
