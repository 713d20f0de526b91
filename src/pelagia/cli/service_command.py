"""A command made from what a service says of itself: its inputs, parameters, models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from pelagia.cli.param_options import ParamOption, flag_of, param_options
from pelagia.core.service import InputSlot, Service

LAST_SECTION = "Other"
Callback = Callable[[Service[Any], Sequence[ParamOption], Mapping[str, Any]], None]


class ServiceCommand(click.Command):
    """A command whose help shows the essential options first.

    Parameters
    ----------
    sections
        Headings and the options under them, in the order of the help.
    """

    def __init__(self, name: str, *, sections: Mapping[str, Sequence[click.Parameter]], **options: Any) -> None:
        super().__init__(name, params=[one for group in sections.values() for one in group], **options)
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        for heading, group in self.sections.items():
            help_option = self.get_help_option(ctx) if heading == LAST_SECTION else None
            options = [one for one in group if isinstance(one, click.Option)]
            shown = [*options, help_option] if help_option else options
            records = [record for one in shown if (record := one.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def service_command(
    service: Service[Any], name: str, own_options: Sequence[click.Option], callback: Callback
) -> click.Command:
    """Make the command of a service.

    Parameters
    ----------
    service
        What it says of itself.
    name
        The name of the command.
    own_options
        The options every service has.
    callback
        Called with the service, the options of its parameters, and all that was given.
    """
    params = param_options(service.params)
    first, *others = service.inputs
    sections: dict[str, list[click.Parameter]] = {
        "Inputs": [_argument(first), *(_slot_option(slot) for slot in others)],
        "Essential": [one.option for one in params if one.is_essential],
        "Advanced": [one.option for one in params if not one.is_essential],
        LAST_SECTION: list(own_options),
    }
    _refuse_clashes(service, [one for group in sections.values() for one in group])

    def call(**given: Any) -> None:
        callback(service, params, given)

    return ServiceCommand(
        name,
        sections=sections,
        callback=call,
        help=f"{service.summary}\n\n{_inputs_help(first)}",
        short_help=service.summary,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _argument(slot: InputSlot) -> click.Argument:
    name = f"{slot.name.upper()}…"
    return click.Argument([slot.name], nargs=-1, metavar=name if slot.at_least else f"[{name}]")


def _slot_option(slot: InputSlot) -> click.Option:
    return click.Option(
        [flag_of(slot.name), slot.name],
        metavar="PATH",
        multiple=slot.at_most != 1,
        required=slot.at_least > 0,
        help=f"{slot.description}.",
    )


def _inputs_help(slot: InputSlot) -> str:
    return f"{slot.name.upper()}: {slot.description}. Welcome: {' '.join(slot.patterns)}"


def _refuse_clashes(service: Service[Any], parameters: Sequence[click.Parameter]) -> None:
    names = [one.name for one in parameters]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"service {service.slug}: these names are options of the command line: {', '.join(twice)}")
