"""Which addresses somebody may name as inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pelagia.core.errors import BadInput, BadParameter, NotFound, PelagiaError
from pelagia.orders.addresses import checked_address, checked_order, shared_folders
from pelagia.orders.order import BadOrder, Order, request_of
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings, read_settings
from pelagia.runtime.uploads import create_upload
from pelagia.runtime.warm import WarmProcesses

ME = Principal(asker="visit:me")
OTHER = Principal(asker="visit:other")
ALLOWED = "s3://plankton/ https://data.example.org/runs http://10.0.0.5:8080/ mongodb://db.example.org/images"


def checked(settings: Settings, address: str, principal: Principal = ME) -> str:
    with open_runtime(settings) as runtime:
        return checked_address(Workbench(runtime=runtime, warm=WarmProcesses(1)), principal, address)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shared = tmp_path / "shared"
    (shared / "cruise").mkdir(parents=True)
    (shared / "cruise" / "run.lst").write_text("x")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("x")
    (shared / "way-out").symlink_to(tmp_path / "secret")
    (tmp_path / "shared-not").mkdir()
    return read_settings({}, home=tmp_path / "home", shared_folders=str(shared), allowed_addresses=ALLOWED)


@pytest.mark.parametrize(
    "address",
    [
        "s3://plankton/2024/run1",
        "https://data.example.org/runs",
        "https://data.example.org/runs/a.zip",
        "https://DATA.example.org:443/runs/a.zip?version=2",
        "http://10.0.0.5:8080/x",
        "mongodb://db.example.org/images/flowcam?image_field=image",
        'mongodb://db.example.org/images/flowcam?query={"ssl": "root"}&label_field=taxon.name&bucket=fs',
    ],
)
def test_what_the_installation_allows_may_be_named(settings: Settings, address: str):
    assert checked(settings, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "s3://plankton-private/run1",
        "s3://plankton/../plankton-private/run1",
        "s3://other/plankton/",
        "https://data.example.org/runs-private/a.zip",
        "https://data.example.org/runs/../private/a.zip",
        "https://data.example.org/runs/%2e%2e/private/a.zip",
        "https://data.example.org/runs/%252e%252e/private/a.zip",
        "https://data.example.org/runs//private",
        "https://data.example.org\\@evil.example/runs/a.zip",
        "https://user@data.example.org/runs/a.zip",
        "https://data.example.org@evil.example/runs/a.zip",
        "https://data.example.org:8443/runs/a.zip",
        "https://data.example.org.evil.example/runs/a.zip",
        "http://data.example.org/runs/a.zip",
        "http://10.0.0.5/x",
        "http://10.0.0.5:port/x",
        "http://127.0.0.1/",
        "ftp://data.example.org/runs",
        "mongodb://db.example.org/images/flowcam?tlsCAFile=/etc/passwd",
        "mongodb://db.example.org/images/flowcam?root=/home/pelagia/uploads&image_field=name",
        "mongodb://db.example.org/images/flowcam?image_field=name&%72oot=/home",
        "mongodb://db.example.org/images/flowcam?proxyHost=evil.example",
        "mongodb://db.example.org,evil.example/images/flowcam",
        "https://data.example.org/runs/a\n.zip",
        "upload://UPPER",
        "upload://",
        "x" * 3000,
    ],
)
def test_nothing_else_may_be_named_however_it_is_spelled(settings: Settings, address: str):
    with pytest.raises(PelagiaError):
        checked(settings, address)


def test_where_several_hosts_are_allowed_others_are_not(tmp_path: Path):
    hosts = "mongodb://a.example.org:27017,b.example.org:27017/images"
    settings = read_settings({}, home=tmp_path / "home", allowed_addresses=hosts)

    with pytest.raises(BadInput):
        checked(settings, "mongodb://evil.example:27017,b.example.org:27017/images/flowcam")


def test_shared_folders_are_open_but_not_what_links_lead_to(settings: Settings, tmp_path: Path):
    shared = tmp_path / "shared"

    assert checked(settings, str(shared / "cruise")) == str(shared / "cruise")
    assert checked(settings, f"file://{shared}/cruise/run.lst") == str(shared / "cruise" / "run.lst")
    assert list(shared_folders(settings).values()) == [shared]
    for path in ("way-out", "way-out/key", "../secret/key", "../shared-not", "nothing", "cruise\0"):
        with pytest.raises((NotFound, BadInput)) as told:
            checked(settings, f"{shared}/{path}")
        assert str(tmp_path / "secret") not in str(told.value)


def test_without_shared_folders_no_path_may_be_named(tmp_path: Path):
    with pytest.raises(BadInput):
        checked(read_settings({}, home=tmp_path / "home"), "/")


def test_uploads_are_inputs_of_their_owner_alone(settings: Settings):
    with open_runtime(settings) as runtime:
        upload = create_upload(runtime.database, ME.asker, "run")
    folder = settings.upload_folder(upload.id)
    folder.mkdir(parents=True)
    (folder / "a.zip").write_bytes(b"x")

    assert checked(settings, f"upload://{upload.id}/") == f"upload://{upload.id}"
    assert checked(settings, f"upload://{upload.id}/a.zip") == f"upload://{upload.id}/a.zip"
    for address, principal in (
        (f"upload://{upload.id}", OTHER),
        (f"upload://{upload.id}/b.zip", ME),
        (f"upload://{upload.id}/../{upload.id}", ME),
    ):
        with pytest.raises(PelagiaError):
            checked(settings, address, principal)


@pytest.mark.parametrize(
    ("files", "named", "used"),
    [
        (["run.zip"], "", ["/run.zip"]),
        (["b.zip", "a.zip", ".DS_Store"], "", ["/a.zip", "/b.zip"]),
        (["cruise/b.ZIP", "cruise/deep/a.zip"], "/cruise", ["/cruise/b.ZIP", "/cruise/deep/a.zip"]),
        (["cruise/a.zip"], "", ["/cruise/a.zip"]),
        (["run.zip"], "/run.zip", ["/run.zip"]),
        (["run.zip", "run.lst"], "", [""]),
        (["run.lst"], "", [""]),
        ([], "", [""]),
    ],
)
def test_an_upload_of_archives_alone_is_each_of_them(settings: Settings, files: list[str], named: str, used: list[str]):
    with open_runtime(settings) as runtime:
        upload = create_upload(runtime.database, ME.asker, "run")
        settings.upload_folder(upload.id).mkdir(parents=True)
        for name in files:
            path = settings.upload_folder(upload.id) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        order = Order(service="flowcam", inputs={"runs": [upload.address + named]})
        found = checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)

    assert found.inputs["runs"] == [upload.address + path for path in used]


def test_all_that_is_wrong_is_told_at_once_by_field(settings: Settings):
    order = Order(
        service="flowcam",
        inputs={"runs": ["/etc", "upload://0123456789abcdef"], "vignettes": ["s3://plankton/x"]},
        models={"classifier": "../../model"},
    )
    with open_runtime(settings) as runtime, pytest.raises(BadOrder) as told:
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)

    assert {name: len(messages) for name, messages in told.value.fields.items()} == {"runs": 2, "classifier": 1}


def test_a_folder_beside_the_server_is_no_model(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "private-model").mkdir()
    monkeypatch.chdir(tmp_path)
    order = Order(service="flowcam", inputs={}, models={"classifier": "private-model"})
    with open_runtime(settings) as runtime, pytest.raises(NotFound) as told:
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)

    assert told.value.what == "there is no such model"


def test_a_model_of_the_catalogue_may_be_named_with_or_without_its_version(settings: Settings):
    for model in ("flowcam-protist@1.0.0", "flowcam-protist"):
        order = Order(service="flowcam", inputs={}, models={"classifier": model})
        with open_runtime(settings) as runtime:
            assert checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order) == order


def test_more_addresses_than_anybody_needs_are_refused_before_any_is_looked_at(settings: Settings):
    order = Order(service="flowcam", inputs={"runs": [f"upload://{number:08}" for number in range(10_001)]})
    with open_runtime(settings) as runtime, pytest.raises(BadOrder) as told:
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)

    assert [len(messages) for messages in told.value.fields.values()] == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", "/etc"),
        ("base", "secret"),
        ("tracking_uri", "file:///etc"),
        ("tracking_uri", "http://127.0.0.1:9/"),
        ("tracking_uri", "sqlite:///x.db"),
    ],
)
def test_a_parameter_that_names_a_place_leads_nowhere_else(settings: Settings, name: str, value: str):
    order = Order(service="flowcam-train", inputs={}, params={name: value})
    with open_runtime(settings) as runtime, pytest.raises(BadOrder) as caught:
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)
    assert list(caught.value.fields) == [name]


@pytest.mark.parametrize("base", ["plankton-isiis@1.0.0", "plankton-isiis"])
def test_a_training_starts_from_a_model_of_the_catalogue(settings: Settings, base: str):
    order = Order(service="flowcam-train", inputs={"images": ["s3://plankton/named"]}, params={"base": base})
    with open_runtime(settings) as runtime:
        assert checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order) == order
    request = request_of(order, settings.home)
    assert request.params.base == base
    assert (request.models["base"].name, request.models["base"].version) == ("plankton-isiis", "1.0.0")
    assert (Path(request.models["base"].path) / "model.onnx").is_file()


def test_a_training_starts_from_no_model_that_the_catalogue_lacks(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "private-model@1.0.0").mkdir()
    monkeypatch.chdir(tmp_path)
    order = Order(service="flowcam-train", inputs={}, params={"base": "private-model@1.0.0"})
    with open_runtime(settings) as runtime, pytest.raises(BadOrder) as caught:
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)
    assert "there is no such model" in caught.value.fields["base"][0]
    assert "plankton-isiis@1.0.0" in caught.value.fields["base"][0]


def test_nothing_is_written_into_a_shared_folder(settings: Settings):
    shared = next(iter(shared_folders(settings).values()))
    for place in (f"file://{shared}/cruise", str(shared / "cruise")):
        order = Order(service="flowcam-train", inputs={}, params={"tracking_uri": place})
        with open_runtime(settings) as runtime, pytest.raises(BadOrder) as caught:
            checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)
        assert list(caught.value.fields) == ["tracking_uri"]


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800"])
@pytest.mark.parametrize("given", ["title", "inputs", "slot", "params", "names", "dataset", "exports"])
def test_a_text_that_no_database_keeps_is_refused(settings: Settings, given: str, odd: str):
    orders = {
        "title": {"title": odd},
        "inputs": {"inputs": {"runs": [odd]}},
        "slot": {"inputs": {odd: []}},
        "params": {"params": {"any": [{"deep": odd}]}},
        "names": {"params": {odd: 1}},
        "dataset": {"dataset": {"title": odd}},
        "exports": {"exports": (odd,)},
    }
    order = Order(**{"service": "flowcam", "inputs": {}, **orders[given]})
    with open_runtime(settings) as runtime, pytest.raises(BadParameter, match="a character that is none"):
        checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order)


def test_however_deep_an_order_is_it_is_looked_through(settings: Settings):
    deep: object = "end"
    for _ in range(5000):
        deep = [deep]
    order = Order(service="flowcam", inputs={}, params={"any": deep})
    with open_runtime(settings) as runtime:
        assert checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order).params["any"] is deep


def test_a_parameter_that_names_a_place_may_stay_as_it_is_or_name_what_is_shared(settings: Settings):
    shared = next(iter(shared_folders(settings).values()))
    for params in ({}, {"base": "imagenet", "tracking_uri": ""}, {"base": str(shared / "cruise")}):
        order = Order(service="flowcam-train", inputs={}, params=params)
        with open_runtime(settings) as runtime:
            assert checked_order(Workbench(runtime=runtime, warm=WarmProcesses(1)), ME, order) == order
