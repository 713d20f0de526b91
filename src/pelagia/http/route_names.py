"""What a request is called in metrics and logs: its route's template, never its path."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

UNMATCHED = "unmatched"
# What is noted as status where whoever asked left before the answer began.
GONE = 499
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_name(scope: MutableMapping[str, Any], root_path: str) -> str:
    """Return the template of the route that answered, such as ``/v1/jobs/{job_id}``.

    Parameters
    ----------
    scope
        Of the request, after it was answered: the router has put its findings there.
    root_path
        What the scope had as ``root_path`` before it was answered.

    Returns
    -------
    str
        The template; ``/static/*`` for all within a mounted folder; ``unmatched`` where there is no such route.
        Whatever people ask for, there are only as many as there are routes.
    """
    mounted = str(scope.get("root_path", ""))[len(root_path) :]
    route = scope.get("route")
    if route is None:
        return f"{mounted}/*" if mounted else UNMATCHED
    return mounted + str(getattr(route, "path", "/*"))


def method_name(scope: MutableMapping[str, Any]) -> str:
    """Return the method of a request; ``other`` for one that HTTP does not know."""
    method = str(scope["method"])
    return method if method in METHODS else "other"
