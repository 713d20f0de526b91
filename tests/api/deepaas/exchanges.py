"""The exchanges that are had with the real DEEPaaS and with Pelagia."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

FILE = ("x.txt", b"hello\n", "text/plain")
OTHER = ("y.txt", b"bye\n", "text/plain")
MODELS = ("noop", "every-kind", "by-schema")
COMPARED = ("content-type", "location", "allow")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request.

    Parameters
    ----------
    follow
        Follow redirects: where the real one sends a body twice, Pelagia takes it at once.
    only_status
        Of the answer: where the real one says nothing that a person could use.
    """

    method: str
    path: str
    files: Sequence[tuple[str, tuple[str, bytes, str]]] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    json_text: str | None = None
    accept: str | None = "*/*"
    follow: bool = False
    only_status: bool = False

    @property
    def name(self) -> str:
        """What it is called among the tests."""
        parts = [self.method, self.path, self.json_text or "", *(f"{key}={value}" for key, value in self.data.items())]
        accept = "" if self.accept == "*/*" else f"accept={self.accept}"
        return " ".join(filter(None, [*parts, *(name for name, _ in self.files), accept]))

    def had_with(self, address: str) -> httpx.Response:
        """Have it with a server."""
        headers = {} if self.accept is None else {"accept": self.accept}
        content = None
        if self.json_text is not None:
            content, headers["content-type"] = self.json_text.encode(), "application/json"
        with httpx.Client(timeout=30, follow_redirects=self.follow) as client:
            request = client.build_request(
                self.method,
                f"{address}{self.path}",
                files=list(self.files) or None,
                data=dict(self.data) or None,
                content=content,
                headers=headers,
            )
            if self.accept is None:
                del request.headers["accept"]
            return client.send(request)


def essence(response: httpx.Response) -> dict[str, Any]:
    """Return what two servers should agree on."""
    found: dict[str, Any] = {"status": response.status_code}
    found |= {name: response.headers[name] for name in COMPARED if name in response.headers}
    kind = response.headers.get("content-type", "")
    found["body"] = json.loads(response.content) if kind.startswith("application/json") else response.text
    return found


PREDICT = "/v2/models/every-kind/predict/"
FILES = (("files", FILE),)


def _get(path: str, **more: Any) -> Exchange:
    return Exchange(method="GET", path=path, **more)


def _post(path: str, **more: Any) -> Exchange:
    return Exchange(method="POST", path=path, **more)


def _with_file(query: str, **more: Any) -> Exchange:
    return _post(f"{PREDICT}?{query}", **{"files": FILES, **more})


ROUTES = [
    _get("/"),
    _get("/ui"),
    # Below these, Pelagia's own pages say that there is none.
    _get("/ui/", only_status=True),
    _get("//ui"),
    _get("/api/", only_status=True),
    _get("//api"),
    _get("/v2"),
    _get("/v2?x=1"),
    _get("/v2/"),
    _get("/v2/debug"),
    _get("/v2/debug/"),
    _get("/v2/models?a=b"),
    _get("/v2//models/"),
    _get("///v2/models/noop/?q=1"),
    _get("/v2/models/noop"),
    _get("/v2/models/nope/"),
    _get("/v2/models/nope"),
    _get("/v2/nothing/"),
    _get("/v2/models/noop/predict/"),
    _get("/v2/models/noop/train/"),
    _get("/v2/models/every-kind/train/abc"),
    _get("/v2/models/every-kind/train/abc/"),
    _post("/v2/models/"),
    _post("/v2/models/noop/"),
    _post("/v2/models/noop/train/"),
    _post("/v2/models/noop/predict/"),
    _post("/v2/models/noop/predict?a=1", follow=True),
    _post("//v2/models/noop/predict/?a=1", follow=True),
    Exchange(method="DELETE", path="/v2/models/noop/"),
    Exchange(method="PUT", path="/v2/models/noop/predict/"),
    Exchange(method="PUT", path="/v2/models/every-kind/train/abc"),
    Exchange(method="DELETE", path="/v2/models/every-kind/train/abc"),
    Exchange(method="HEAD", path="/v2/models/"),
    Exchange(method="OPTIONS", path="/v2/models/"),
]

ARGUMENTS = [
    _post(PREDICT),
    _with_file("needed=1"),
    _with_file("", data={"needed": "2"}),
    _with_file("needed=3", data={"needed": "2"}),
    _with_file("needed=1&numbers=3&numbers=4"),
    _with_file("needed=1&numbers=3,4"),
    _with_file("needed=1", data={"numbers": ["7", "8"]}),
    _with_file("needed=1&numbers=5", data={"numbers": ["7", "8"]}),
    _with_file("needed=1&count=4&count=5"),
    _with_file("needed=1&unknown=4"),
    *(
        _with_file(f"needed=1&flag={word}")
        for word in ("True", "False", "yes", "no", "1", "0", "t", "f", "on", "OFF", "Y", "maybe", "")
    ),
    _with_file("needed=x&count=10&choice=mid&rate=high&numbers=a&numbers=2"),
    _with_file("needed=1&count=2.5"),
    _with_file("needed=1&count="),
    _with_file("needed=1&count=0"),
    _with_file("needed=-5&rate=1e3&choice=high&word=%C3%A4%20b"),
    _with_file("needed=1&rate=nan"),
    _with_file("needed=1&rate=inf"),
    _with_file("needed=1", files=(("files", FILE), ("files", OTHER))),
    _with_file("needed=1", files=(("files", FILE), ("extra", OTHER))),
    _with_file("needed=1", files=(("extra", OTHER),)),
    _post(PREDICT, json_text='{"files":"abc","needed":5,"numbers":[1,2,3],"flag":"yes"}'),
    _post(PREDICT, json_text='{"needed":"5","numbers":1,"flag":false,"word":4}'),
    _post(PREDICT, json_text='{"needed":null,"count":true,"rate":"2"}'),
    _post(PREDICT, json_text='{"files":'),
    _post(PREDICT, json_text="[1]"),
    _post("/v2/models/by-schema/predict/", json_text='{"rows":3}'),
    _post("/v2/models/by-schema/predict/?rows=1", json_text='{"rows":3}'),
    _post("/v2/models/by-schema/predict/", data={"rows": "2"}),
]

ANSWERS = [
    _with_file("needed=1", accept="application/json"),
    _with_file("needed=1", accept=None),
    _with_file("needed=1", accept="text/plain"),
    _with_file("needed=1&accept=application/zip"),
    _with_file("needed=1", data={"accept": "application/zip"}),
    _with_file("needed=1&word=bug", only_status=True),
    _post("/v2/models/by-schema/predict/"),
    _post("/v2/models/by-schema/predict/?rows=2"),
    _post("/v2/models/by-schema/predict/?wrong=1", only_status=True),
]
