"""`idp account`: what operators do with accounts. Nobody sees a password here."""

import json
import sys
import unicodedata
from typing import TextIO

import click

from idp.accounts import admin
from idp.accounts.models import Account
from idp.cli import moving, renewal
from idp.cli.context import core

# Control and direction signs, surrogates, private signs, line ends.
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
# As long as the form of the registration takes.
LONGEST = 100


class Name(click.ParamType[str]):
    """A name as people type it into a form: something, one line, no control or direction signs."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name in NFC, without blanks around it."""
        typed = unicodedata.normalize("NFC", value).strip()
        if not typed:
            self.fail("is empty", param, ctx)
        if len(typed) > LONGEST:
            self.fail(f"is longer than {LONGEST} characters", param, ctx)
        odd = [sign for sign in typed if unicodedata.category(sign) in UNSEEN]
        if odd:
            signs = ", ".join(f"U+{ord(sign):04X}" for sign in odd)
            self.fail(f"has signs that control or cannot be seen: {signs}", param, ctx)
        return typed


@click.group()
def command() -> None:
    """Add, find, lock, unlock and import accounts; make new passwords due."""


@command.command()
@click.option("--email", required=True, help="E-mail address, the sign-in name.")
@click.option("--given-name", required=True, type=Name())
@click.option("--family-name", required=True, type=Name())
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def add(email: str, given_name: str, family_name: str, password_stdin: bool, machine: bool) -> None:
    """Add an account.

    With a password it is active at once and its address counts as confirmed; without one a link to
    choose a password is mailed.
    """
    person = admin.Person(email, given_name, family_name)
    password = first_line(sys.stdin) if password_stdin else None
    tell(admin.add(core(), person, password), machine)


@command.command()
@click.argument("who")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def find(who: str, machine: bool) -> None:
    """Show the accounts with address, id, customer number or former address or id WHO."""
    found = admin.find(core(), who)
    for account in found:
        tell(account, machine)
    if not found:
        raise click.ClickException("no such account")


@command.command()
@click.argument("who")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def lock(who: str, machine: bool) -> None:
    """Lock the account WHO (e-mail address or id); ends its sessions and all grants."""
    tell(admin.lock(core(), who), machine)


@command.command()
@click.argument("who")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def unlock(who: str, machine: bool) -> None:
    """Unlock the account WHO (e-mail address or id)."""
    tell(admin.unlock(core(), who), machine)


command.add_command(moving.command)
command.add_command(renewal.command)


def first_line(stream: TextIO) -> str:
    """Return the first line without its end; blanks belong to the password."""
    return stream.readline().rstrip("\r\n")


def tell(account: Account, machine: bool) -> None:
    """Print an account, one line."""
    facts = {"sub": account.id, "email": account.email, "state": str(account.state)}
    click.echo(json.dumps(facts, ensure_ascii=False) if machine else "  ".join(facts.values()))
