"""``pelagia train``: one command per service whose models can be trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from pelagia.cli.asking import check_reachable, make_request
from pelagia.cli.job_flow import Order, carry_out
from pelagia.cli.param_options import ParamOption
from pelagia.cli.run import absolute, job_options
from pelagia.cli.service_command import service_command
from pelagia.core.service import Service
from pelagia.orders.delivery import write_model
from pelagia.runtime.registry import all_services, find_service, service_slugs
from pelagia.runtime.runner import Use
from pelagia.runtime.settings import read_settings


class TrainingGroup(click.Group):
    """The group of the services that can be trained."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the services whose models can be trained."""
        del ctx
        return [service.slug for service in all_services() if service.training is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command that trains for a service."""
        del ctx
        if cmd_name not in service_slugs():
            return None
        training = find_service(cmd_name).training
        if training is None:
            raise click.UsageError(f"The service {cmd_name} has no model to train.")
        return service_command(training, cmd_name, job_options(), _train)


@click.group(cls=TrainingGroup, context_settings={"help_option_names": ["-h", "--help"]})
def train() -> None:
    """Train a model: pelagia train SERVICE FOLDER… --out MODEL.

    Needs the training packages: pip install 'pelagia[train]'. Ctrl-C stops; the same command goes on where it stopped.
    """


def _train(service: Service[Any], options: Sequence[ParamOption], given: Mapping[str, Any]) -> None:
    settings = read_settings(workers=given["workers"])
    request = make_request(service, options, given, settings.home)
    check_reachable(request, settings.executor)
    out = absolute(given["out"])
    carry_out(
        Order(
            settings=settings,
            service=service,
            request=request,
            out=out,
            use=Use(kind="training", route="cli", is_test=given["test"]),
            force=given["force"],
            wanted={},
            write=write_model,
            hint=f"Model: {out}\n{how_to_use(service, out)}, or keep it by name with: pelagia models add {out}",
        )
    )


def how_to_use(training: Service[Any], out: object) -> str:
    """Say how a run is told to use a trained model; where it needs several, their roles are named.

    Parameters
    ----------
    training
        The service that trained it.
    out
        The folder of the model.
    """
    trained_for = next(one for one in all_services() if one.training is not None and one.training.slug == training.slug)
    roles = [slot.role for slot in trained_for.models]
    if len(roles) == 1:
        return f"Use it with --model {out}"
    return "Use it with " + " or ".join(f"--model {role}={out}" for role in roles)
