"""Forms: plain WTForms, read once, with every refusal shown at the form.

Labels are translation keys; errors are ready sentences. The CSRF token is checked in `guard.py`,
before a form is read. Limits are checked before anything costly.
"""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import BooleanField, Field, PasswordField, StringField
from wtforms import EmailField as HtmlEmailField
from wtforms import Form as PlainForm
from wtforms.validators import StopValidation

from idp.errors import Busy, Refused, Throttled, WeakPassword
from idp.plugins import Problem
from idp.web import text

# Refusals that are about one field.
FIELDS = {
    "number_invalid": "number",
    "branch_invalid": "branch",
    "pin_length": "pin",
    "pin_mismatch": "pin",
    "pin_sign": "pin",
    "pin_sign_plain": "pin",
    "pin_typo": "pin",
    "password_unchanged": "password",
    "wrong_current_password": "current_password",
}


@dataclass(frozen=True)
class Refusal:
    """Why the whole form was refused: `code` for machines, `text` for people.

    The text is empty when it stands at a field.
    """

    code: str
    text: str


class Form(PlainForm):
    """The parent of all forms."""

    sent = False
    refusal: Refusal | None = None
    status = 200
    retry_after: int | None = None

    @classmethod
    def read(cls, **prefill: Any) -> Self:
        """Return the form as sent (POST, checked) or as first shown (GET, prefilled)."""
        if request.method != "POST":
            return cls(data=prefill)
        form = cls(request.form)
        form.sent = form.validate()
        form.status = 200 if form.sent else 422
        return form

    @property
    def failed(self) -> bool:
        """Whether anything is to be shown as wrong."""
        return bool(self.errors or self.refusal)

    @contextmanager
    def refusals(self, *, but: type[Refused] | None = None) -> Iterator[None]:
        """Turn a Refused inside the block into a message at this form; `but` passes through."""
        try:
            yield
        except WeakPassword as weak:
            self.status = 422
            found = [text.problem(item) for item in weak.problems if isinstance(item, Problem)]
            self["password"].errors = found
            self.refusal = Refusal("weak_password", text.text("error.weak_password"))
        except Refused as refused:
            if but is not None and isinstance(refused, but):
                raise
            self.refuse(refused)

    def refuse(self, refused: Refused) -> None:
        """Show a refusal at this form, and at the field that it is about (WCAG 3.3.1)."""
        words, field = text.explain(refused), FIELDS.get(refused.code, "")
        if field in self:
            self[field].errors = [words]
        self.refusal = Refusal(refused.code, "" if field in self else words)
        self.status = 422
        if isinstance(refused, Throttled | Busy):
            self.status = 429 if isinstance(refused, Throttled) else 503
            self.retry_after = refused.seconds


def _stop(code: str, **facts: object) -> StopValidation:
    return StopValidation(text.text(f"error.{code}", **facts))


def required(_form: PlainForm, field: Field) -> None:
    """Refuse an empty field."""
    if not field.data or not str(field.data).strip():
        raise _stop("required")


def accepted(_form: PlainForm, field: Field) -> None:
    """Refuse a box that is not ticked."""
    if not field.data:
        raise _stop("accept_required")


def checked(check: Callable[[str], str | None]) -> Callable[[PlainForm, Field], None]:
    """Return a validator that shows the code which `check` answers."""

    def validate(_form: PlainForm, field: Field) -> None:
        code = check(field.data or "")
        if code:
            raise _stop(code)

    return validate


class UpTo:
    """Refuses more than `limit` code points."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, _form: PlainForm, field: Field) -> None:
        """Check the length as counted after NFC."""
        typed = field.data or ""
        # Normalising is quadratic for a run of marks: what is far too long is not normalised.
        if len(typed) > 4 * self.limit or len(unicodedata.normalize("NFC", typed)) > self.limit:
            raise _stop("too_long", limit=self.limit)


def one_line(_form: PlainForm, field: Field) -> None:
    """Refuse control and direction signs: names go into mails, letters and tables."""
    if any(
        unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        for sign in field.data or ""
    ):
        raise _stop("odd_signs")


def deliverable(_form: PlainForm, field: Field) -> None:
    """Refuse what cannot be an e-mail address; reserved test domains pass, they reach nobody."""
    try:
        found = validate_email(
            field.data or "", check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as error:
        raise _stop("email_invalid") from error
    field.data = found.normalized


def strip(value: Any) -> Any:
    """Drop blanks around what was typed; never used on passwords."""
    return value.strip() if isinstance(value, str) else value


def Text(label: str, *more: Any, limit: int = 100) -> StringField:
    """Return a required one-line field."""
    return StringField(label, [required, UpTo(limit), one_line, *more], filters=[strip])


def Optional(label: str, *more: Any, limit: int = 100) -> StringField:
    """Return a one-line field that may stay empty."""
    return StringField(label, [UpTo(limit), one_line, *more], filters=[strip])


def Email(label: str) -> HtmlEmailField:
    """Return a required e-mail address."""
    return HtmlEmailField(label, [required, UpTo(254), deliverable], filters=[strip])


def Password(label: str) -> PasswordField:
    """Return a required password: up to 256 code points, taken as typed."""
    return PasswordField(label, [required, UpTo(256)])


def Accept(label: str) -> BooleanField:
    """Return a box that must be ticked."""
    return BooleanField(label, [accepted])
