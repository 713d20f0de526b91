"""The files in ``deploy/`` refer to what there is: settings, commands, options, paths, ports."""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pelagia.cli.main import cli
from pelagia.runtime.settings import setting_docs

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
SETTINGS = {doc.variable for doc in setting_docs()}
# Written about as an example of the form, in a comment.
EXAMPLES = {"PELAGIA_NAME"}


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_variable_is_a_setting(file: Path) -> None:
    named = set(re.findall(r"PELAGIA_[A-Z0-9_]*[A-Z0-9]", file.read_text(encoding="utf-8")))
    assert named <= SETTINGS | EXAMPLES


def manifests() -> Iterator[dict[str, Any]]:
    """Yield every object of the Kubernetes manifests."""
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def pods() -> list[dict[str, Any]]:
    return [item for item in manifests() if item["kind"] in ("Deployment", "StatefulSet")]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yml").read_text())
    return loaded


def commands() -> dict[str, list[str]]:
    """Return every command line of ``pelagia`` in the files, by the place it stands."""
    found = {
        f"kubernetes {item['metadata']['name']}": container["args"]
        for item in pods()
        for container in item["spec"]["template"]["spec"]["containers"]
        if container["image"] == "pelagia"
    }
    found |= {
        f"compose {name}": service["command"]
        for name, service in compose()["services"].items()
        if service["image"] == "pelagia"
    }
    for path in (DEPLOY / "systemd").glob("*.service"):
        program, *words = shlex.split(unit(path)["Service"]["ExecStart"])
        assert program.endswith("/pelagia")
        found[f"systemd {path.name}"] = words
    for number, words in enumerate(
        re.findall(r"^pelagia ((?:[\w-]+ )+)", (DEPLOY / "oscar" / "script.sh").read_text(), re.MULTILINE)
    ):
        found[f"oscar {number}"] = words.split()
    dockerfile = (DEPLOY / "compose" / "Dockerfile").read_text()
    found["Dockerfile"] = yaml.safe_load(re.findall(r"^CMD (\[.*\])", dockerfile, re.MULTILINE)[0])
    return found


def unit(path: Path) -> configparser.ConfigParser:
    """Read a systemd unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.mark.parametrize("place", commands())
def test_every_command_and_option_exists(place: str) -> None:
    words = commands()[place]
    context, command = click.Context(cli), cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        following = command.get_command(context, words[0])
        if following is None:
            break
        command, words = following, words[1:]
    assert command is not cli
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_manifests_hang_together() -> None:
    names = {(item["kind"], item["metadata"]["name"]) for item in manifests() if "metadata" in item}
    for item in pods():
        template = item["spec"]["template"]
        assert item["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
        mounts = {mount["name"] for one in template["spec"]["containers"] for mount in one.get("volumeMounts", ())}
        volumes = {volume["name"] for volume in template["spec"].get("volumes", ())}
        volumes |= {claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", ())}
        assert mounts == volumes
        for volume in template["spec"].get("volumes", ()):
            claim = volume.get("persistentVolumeClaim")
            assert claim is None or ("PersistentVolumeClaim", claim["claimName"]) in names
    labels = [item["spec"]["template"]["metadata"]["labels"] for item in pods()]
    for service in (item for item in manifests() if item["kind"] == "Service"):
        assert any(service["spec"]["selector"].items() <= label.items() for label in labels)
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    there = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == there


def test_containers_run_as_nobody_in_particular_and_have_bounds() -> None:
    for item in pods():
        spec = item["spec"]["template"]["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        for container in spec["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["resources"]["limits"]["memory"]


def test_no_secret_stands_in_a_file() -> None:
    for item in pods():
        for container in item["spec"]["template"]["spec"]["containers"]:
            for variable in container.get("env", ()):
                if re.search("PASSWORD|TOKEN|SECRET", variable["name"]):
                    assert "secretKeyRef" in variable["valueFrom"]
    assert not [item for item in manifests() if item["kind"] == "Secret"]
    for line in (DEPLOY / "compose" / "example.env").read_text().splitlines():
        if re.match(r"\w*(PASSWORD|TOKEN|SECRET)\w*=", line):
            assert line.endswith("=")


def test_compose_mounts_and_builds_from_what_is_there() -> None:
    loaded = compose()
    folder = DEPLOY / "compose"
    for service in loaded["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            assert (folder / source).exists() if source.startswith(".") else source in loaded["volumes"]
        for name in service.get("secrets", ()):
            assert name in loaded["secrets"]
        for name in service.get("depends_on", ()):
            assert name in loaded["services"]
    build = loaded["x-pelagia"]["build"]
    assert ((folder / build["context"]).resolve() / build["dockerfile"]).is_file()
    asked = set(re.findall(r"\$\{([A-Z_]+)", (folder / "compose.yml").read_text()))
    assert asked == set(re.findall(r"^([A-Z_]+)=", (folder / "example.env").read_text(), re.MULTILINE))


def test_the_image_copies_what_is_there_and_needs_nothing_that_is_ignored() -> None:
    text = (DEPLOY / "compose" / "Dockerfile").read_text()
    kept = re.findall(r"^!(\S+)", (DEPLOY / "compose" / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    for words in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(source == name or source.startswith(f"{name}/") for name in kept), source


def test_probes_ask_for_addresses_that_exist() -> None:
    from pelagia.http import health

    there = {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    asked = set(re.findall(r"/health[a-z/]*", "".join(path.read_text() for path in FILES)))
    assert asked and asked <= there
