"""`aethermart`: the root of all commands, which loads a command's module only to run it."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any, NoReturn

import click

from aethermart import __version__
from aethermart.core.errors import AetherMartError, BadInput

# Arrow warns at every group-by over a batch of the log, 50,000 lines a minute; reading what
# is not aligned costs our processors nothing.
os.environ.setdefault("ACERO_ALIGNMENT_HANDLING", "ignore")

# Where each command lives and what the list of commands says of it.
COMMANDS = {
    "init": ("aethermart.cli.init:init", "Make a project folder."),
    "demo": ("aethermart.cli.demo:demo", "Run the whole platform on generated and real data."),
    "serve": ("aethermart.cli.serve:serve", "Run the platform of a project folder."),
    "console": ("aethermart.cli.console:console", "Serve the web console over the API."),
    "account": ("aethermart.cli.account:account", "Who may log in, and with which role."),
    "config": ("aethermart.cli.config:config", "Show the settings and check them."),
    "health": ("aethermart.cli.health:health", "Whether the API answers; for health checks."),
    "backup": ("aethermart.cli.backup:backup", "Save the platform's state; bring it back."),
    "upgrade": ("aethermart.cli.upgrade:upgrade", "Bring an earlier release's state to this one."),
    "doctor": ("aethermart.cli.doctor:doctor", "Say what is wrong here, and how to mend it."),
    "pack": ("aethermart.cli.pack:pack", "What a shop's tables mean: write it, check it."),
    "store": ("aethermart.cli.store:store", "Our own store: make it, fill it, send traffic."),
    "capture": ("aethermart.cli.capture:capture", "Read the shops' changes into the log."),
    "sink": ("aethermart.cli.sink:sink", "Feed projections from the log; rebuild them."),
    "log": ("aethermart.cli.log:log", "Look at the ordered log; prune it."),
    "warehouse": ("aethermart.cli.warehouse:warehouse", "Compile, test and publish the models."),
    "search": ("aethermart.cli.search:search", "Product search: measure it on your own data."),
}

_JSON = "aethermart.json"  # whether the words are for a program


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are used, so that --help stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong becomes its words, its fix and its exit code."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own business
        except click.UsageError as error:
            if not ctx.meta[_JSON]:
                raise
            path = (error.ctx or ctx).command_path
            _leave(ctx, BadInput(error.format_message(), fix=f"see `{path} --help`"))
        except Exception as raised:  # noqa: BLE001 - the edge: a person reads what comes out
            # Imported now: the list of commands needs none of the libraries it knows.
            faults = importlib.import_module("aethermart.cli.faults")
            _leave(ctx, faults.as_ours(raised))


def _leave(ctx: click.Context, error: AetherMartError) -> NoReturn:
    if ctx.meta[_JSON]:
        report = {"error": error.cause, "fix": error.fix, "retryable": error.retryable}
        click.echo(json.dumps(report), err=True)
    else:
        click.echo(f"Error: {error.cause}\n  fix: {error.fix}", err=True)
    ctx.exit(error.exit_code)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aethermart")
def main() -> None:
    """Point it at a shop's database and get a live, governed lakehouse."""
