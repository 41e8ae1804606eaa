"""The `idp` command. `COMMANDS` is its table of contents; a module a command or group.

A module is imported when its command is called: `idp --help` needs no web framework. Commands
parse, call verbs and print; what happens is decided below.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from idp import errors


@dataclass(frozen=True)
class Entry:
    """Where a command lives, and the line that `idp --help` shows."""

    module: str
    help: str


COMMANDS = {
    "init": Entry("init", "Make the key files and the database."),
    "demo": Entry("demo", "Run a fictional chamber on this machine."),
    "serve": Entry("serve", "Answer requests, and deliver mail beside it."),
    "worker": Entry("worker", "Deliver mail and letters, forget what is over."),
    "migrate": Entry("migrate", "Bring the database to this version."),
    "check": Entry("check", "Test configuration and safety of this installation."),
    "account": Entry("account", "Add, find, lock, unlock and import accounts."),
    "client": Entry("client", "Register applications."),
    "resource": Entry("resource", "Register APIs that applications get tokens for."),
    "keys": Entry("keys", "List signing keys, and rotate them."),
    "business": Entry("business", "Import the register of businesses."),
    "pin": Entry("pin", "Issue PINs to be sent by post."),
    "mail": Entry("mail", "Test outgoing mail."),
    "conformance": Entry("conformance", "Prepare an installation for the conformance suite."),
    "purge": Entry("purge", "Remove what is over now, as the worker does hourly."),
}


class Commands(click.Group):
    """A group that imports a command when it is called, and tells refusals as people read them."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{COMMANDS[cmd_name].module}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of contents, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command: 2 for a configuration that cannot work, 1 for what was refused."""
        try:
            return super().invoke(ctx)
        except errors.Misconfigured as error:
            for mistake in error.mistakes:
                click.echo(mistake, err=True)
            ctx.exit(2)
        except errors.Refused as error:
            click.echo(import_module(f"{__name__}.told").reason(error), err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kammer-idp", prog_name="idp")
def main() -> None:
    """OpenID Connect provider for chambers: accounts, passwords and the business claim.

    IDP_CONFIG names the configuration file or a shipped profile.
    """
