"""A training written down in MLflow: parameters, figures of each epoch, pictures; on files or on a server."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pelagia.core.errors import Unavailable

EXPERIMENT = "pelagia"
LONGEST_VALUE = 500


def local_store(folder: Path) -> str:
    """Return the address of the file store in a folder."""
    return (folder / "mlruns").resolve().as_uri()


def start_run(uri: str, name: str, params: Mapping[str, Any]) -> str:
    """Begin a run and write its parameters.

    Parameters
    ----------
    uri
        A server, or the ``file://`` address of a folder.
    name
        Of the run.
    params
        Written as text, cut at 500 characters.

    Returns
    -------
    str
        The identifier of the run.

    Raises
    ------
    Unavailable
        If the store does not take it.
    """
    client = _client(uri)
    try:
        found = client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT)
        run: str = client.create_run(experiment, run_name=name).info.run_id
        for key, value in params.items():
            client.log_param(run, key, str(value)[:LONGEST_VALUE])
    except _trouble() as error:
        raise _unavailable(uri, error) from error
    return run


def log_figures(uri: str, run: str, epoch: int, figures: Mapping[str, float]) -> None:
    """Write the figures of an epoch; written twice, the same figure counts once in the charts."""
    client = _client(uri)
    try:
        for key, value in figures.items():
            client.log_metric(run, key, value, step=epoch)
    except _trouble() as error:
        raise _unavailable(uri, error) from error


def finish_run(uri: str, run: str, figures: Mapping[str, float], folder: Path | None) -> None:
    """Write the last figures and, if given, the files of a folder, and end the run."""
    client = _client(uri)
    try:
        for key, value in figures.items():
            client.log_metric(run, key, value)
        if folder is not None:
            client.log_artifacts(run, str(folder), "model")
        client.set_terminated(run)
    except _trouble() as error:
        raise _unavailable(uri, error) from error


def _client(uri: str) -> Any:
    # Read by MLflow when it is imported, which is why that happens here: no call home, and the file
    # store, which MLflow still offers but only on request.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    mlflow = importlib.import_module("mlflow")
    try:
        return mlflow.MlflowClient(tracking_uri=uri)
    except _trouble() as error:
        raise _unavailable(uri, error) from error


def _trouble() -> tuple[type[Exception], ...]:
    found: type[Exception] = importlib.import_module("mlflow.exceptions").MlflowException
    return found, OSError


def _unavailable(uri: str, error: Exception) -> Unavailable:
    return Unavailable(
        "the training could not be written to MLflow",
        value=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
        remedy="Check tracking_uri and that the server runs; the training itself goes on.",
        file=uri,
        code="tracking-unavailable",
    )
