"""What a DEEPaaS server says of itself: its versions, its models, and a page for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.served import Served

LICENCE, AUTHOR = "Apache-2.0", "The Pelagia developers"


def version_document(base: str) -> dict[str, Any]:
    """Return what ``/v2/`` says.

    Parameters
    ----------
    base
        What stands before the addresses; empty, or that of one model alone.
    """
    return {
        "version": "stable",
        "id": "v2",
        "links": [{"rel": "self", "type": "application/json", "href": f"{base}/v2/"}],
    }


def versions_document(base: str) -> dict[str, Any]:
    """Return what ``/`` says to programs."""
    return {
        "versions": [version_document(base)],
        "links": [
            {"rel": "help", "type": "text/html", "href": f"{base}/api"},
            {"rel": "describedby", "type": "application/json", "href": f"{base}/swagger.json"},
        ],
    }


def model_document(served: Served, base: str) -> dict[str, Any]:
    """Return what is said of a model."""
    service = served.service
    return {
        "id": served.name,
        "name": served.name,
        "links": [{"rel": "self", "href": f"{base}/v2/models/{served.name}"}],
        "title": service.title,
        "description": service.summary,
        "license": LICENCE,
        "author": AUTHOR,
        "version": service.version,
    }


def models_document(models: Iterable[Served], base: str) -> dict[str, Any]:
    """Return what ``/v2/models/`` says."""
    return {"models": [model_document(served, base) for served in models]}


def help_page(models: Iterable[Served], base: str) -> str:
    """Return a page for people: how each model is asked, and its arguments."""
    parts = [_model_section(served, base) for served in models]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>DEEPaaS V2 interface - Pelagia</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>'
        "<h1>DEEPaaS V2 interface</h1>"
        f'<p>Described for programs in <a href="{base}/swagger.json">swagger.json</a> (Swagger 2.0).</p>'
        f"{''.join(parts)}</main></body></html>"
    )


def _model_section(served: Served, base: str) -> str:
    address = f"{base}/v2/models/{served.name}"
    train = "" if served.train is None else f"<h3>POST {address}/train/</h3>{_table('train', served.train)}"
    return (
        f"<section><h2>{escape(served.service.title)}</h2><p>{escape(served.service.summary)}</p>"
        f"<h3>POST {address}/predict/</h3>{_table('predict', served.predict)}{train}</section>"
    )


def _table(what: str, arguments: Mapping[str, Argument]) -> str:
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(one.name)}</code></th><td>{one.kind}{'[]' if one.is_list else ''}</td>"
        f"<td>{escape(one.description)}</td></tr>"
        for one in arguments.values()
    )
    head = "<tr><th scope='col'>Name</th><th scope='col'>Kind</th><th scope='col'>Meaning</th></tr>"
    return f"<table><caption>Arguments of {what}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
