"""``pelagia doctor``: what works on this computer, and what does not."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import click

from pelagia import __version__
from pelagia.catalogue.models import find_package, list_models
from pelagia.cli.endings import UNAVAILABLE
from pelagia.cli.words import count, size
from pelagia.core.errors import PelagiaError
from pelagia.runtime.accounts.keys import key_problems
from pelagia.runtime.database import open_database
from pelagia.runtime.executors import open_executor
from pelagia.runtime.processors import usable_processors
from pelagia.runtime.registry import all_services
from pelagia.runtime.settings import Settings, read_settings
from pelagia.runtime.storage import open_storage
from pelagia.ui.assets import missing_assets

LEAST_FREE_BYTES = 2 * 10**9
PYTHONS = ((3, 11), (3, 14))

Verdict = Literal["ok", "note", "fails"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing: whether it works, and in words."""

    verdict: Verdict
    words: str


@click.command()
def doctor() -> None:
    """Check that all works on this computer: packages, database, storage, disk, workers, models, web app, keys."""
    settings = read_settings()
    failed = 0
    for subject, finding in examine(settings):
        colour = {"ok": "green", "note": "yellow", "fails": "red"}[finding.verdict]
        click.echo(f"{click.style(f'{finding.verdict:5}', fg=colour)}  {subject:10} {finding.words}")
        failed += finding.verdict == "fails"
    if failed:
        click.echo(f"{count(failed, 'thing does', 'things do')} not work.")
        raise click.exceptions.Exit(UNAVAILABLE)
    click.echo("All that is needed works.")


def examine(settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Check one thing after another."""
    checks: Mapping[str, Callable[[Settings], Finding]] = {
        "python": _python,
        "packages": _packages,
        "services": _services,
        "home": _home,
        "disk": _disk,
        "database": _database,
        "storage": _storage,
        "workers": _workers,
        "models": _models,
        "web": _web,
        "keys": _keys,
        "graphics": _graphics,
        "training": _training,
    }
    for subject, check in checks.items():
        try:
            yield subject, check(settings)
        except PelagiaError as error:
            yield subject, Finding("fails", str(error))
        except Exception as error:
            # A doctor that falls ill with its patient is of no use: whatever happens is a finding.
            yield subject, Finding("fails", f"{type(error).__name__}: {error}")


def _python(_settings: Settings) -> Finding:
    fits = PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]
    return Finding("ok" if fits else "fails", f"{platform.python_version()} on {platform.platform(terse=True)}")


def _packages(_settings: Settings) -> Finding:
    missing = []
    for requirement in metadata.requires("pelagia") or ():
        name = requirement.partition(";")[0]
        for sign in "[<>=!~ ":
            name = name.partition(sign)[0]
        if "extra ==" in requirement:
            continue
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("fails", f"missing: {', '.join(missing)}; install them with: pip install pelagia")
    return Finding("ok", f"pelagia {__version__}, and all it needs")


def _services(_settings: Settings) -> Finding:
    found = [f"{service.slug} {service.version}" for service in all_services()]
    return Finding("ok" if found else "fails", ", ".join(found) or "none is installed")


def _home(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    return Finding("ok", str(settings.home))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    return Finding("ok" if free >= LEAST_FREE_BYTES else "note", f"{size(free)} free at {settings.home}")


def _database(settings: Settings) -> Finding:
    with open_database(settings.database) as database, database.write():
        return Finding("ok", f"{database.address} can be written")


def _storage(settings: Settings) -> Finding:
    storage = open_storage(settings.storage)
    storage.check()
    return Finding("ok", f"{storage.address} can be written")


def _workers(settings: Settings) -> Finding:
    with open_executor(settings.executor, settings.workers) as executor:
        executor.submit(usable_processors).result(timeout=60)
    of = count(usable_processors(), "processor", "processors")
    return Finding("ok", f"{settings.executor}, {settings.workers} at once, {of}")


def _models(settings: Settings) -> Finding:
    found = list_models(settings.home)
    for model in found:
        find_package(model.reference, home=settings.home)
    return Finding("ok" if found else "note", ", ".join(model.reference for model in found) or "none")


def _web(_settings: Settings) -> Finding:
    missing = missing_assets()
    if missing:
        return Finding("note", f"the web app lacks {', '.join(missing)}; in a checkout they come with: make assets")
    return Finding("ok", "the web app has all its files")


def _keys(settings: Settings) -> Finding:
    problems = key_problems(settings.home)
    if problems is None:
        return Finding("note", "none yet; they are made when a server or a receipt needs them")
    return Finding("fails" if problems else "ok", "; ".join(problems) or "only this account may read them")


def _graphics(_settings: Settings) -> Finding:
    # Only the names of the providers are asked for: loading CUDA takes seconds.
    installed = {name for name in ("onnxruntime", "onnxruntime-gpu") if _is_installed(name)}
    if "onnxruntime-gpu" in installed:
        return Finding("ok", "onnxruntime-gpu is installed: models run on a CUDA card where there is one")
    card = Path("/proc/driver/nvidia/version").exists()
    words = "there is an NVIDIA card; onnxruntime-gpu would use it" if card else "none; models run on the processor"
    return Finding("note", words)


def _training(_settings: Settings) -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding("note", "PyTorch is not installed (only needed to train): pip install 'pelagia[train]'")
    return Finding("ok", f"PyTorch {metadata.version('torch')}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
