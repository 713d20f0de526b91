"""What makes two requests the same job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pelagia.core.service import Request
from pelagia.io.sources import fingerprint, without_secrets


def request_record(request: Request[Any], target: str) -> dict[str, Any]:
    """Return a request as JSON without secrets; equal ones are one job.

    Parameters
    ----------
    request
        The request.
    target
        Where its result will stand.
    """
    return {
        "service": request.service,
        "service_version": request.service_version,
        "inputs": {slot: [_input_record(uri) for uri in uris] for slot, uris in sorted(request.inputs.items())},
        "params": request.params.model_dump(mode="json"),
        "models": {
            role: {"name": ref.name, "version": ref.version, "sha256": ref.sha256}
            for role, ref in sorted(request.models.items())
        },
        "seed": request.seed,
        "target": target,
    }


def _input_record(uri: str) -> dict[str, str]:
    return {"uri": without_secrets(uri), "fingerprint": fingerprint(uri)}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say in words how two records of :func:`request_record` differ; empty where they do not."""
    found = [
        f"{words}: {old[name]} then, {new[name]} now"
        for name, words in (("service", "service"), ("service_version", "version of the service"), ("seed", "seed"))
        if old[name] != new[name]
    ]
    found += _input_differences(old["inputs"], new["inputs"])
    found += _named_differences("parameter", old["params"], new["params"])
    models = [
        {
            role: f"{model['name']}@{model['version']} ({model['sha256'][:12]})"
            for role, model in record["models"].items()
        }
        for record in (old, new)
    ]
    return found + _named_differences("model", models[0], models[1])


def _named_differences(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{what} {name}: {old.get(name)} then, {new.get(name)} now"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _input_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    then = {(slot, item["uri"]): item["fingerprint"] for slot, items in old.items() for item in items}
    now = {(slot, item["uri"]): item["fingerprint"] for slot, items in new.items() for item in items}
    found = [f"{slot}: {uri} was an input then" for slot, uri in sorted(then.keys() - now.keys())]
    found += [f"{slot}: {uri} is an input now" for slot, uri in sorted(now.keys() - then.keys())]
    same = sorted(then.keys() & now.keys())
    found += [f"{slot}: the files of {uri} have changed" for slot, uri in same if then[slot, uri] != now[slot, uri]]
    return found or (["the order of the inputs"] if old != new else [])
