"""An OpenID Connect provider that says what a test tells it to, true or not."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CODE = "the-code"
ACCESS = "opaque-7f3a"


@dataclass
class Provider:
    """What it says, and what it was asked."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "ada"})
    metadata: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    nonce: str = ""
    challenge: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def begun(self, address: str) -> dict[str, str]:
        """Read what a browser sent here would bring along, and remember it as a provider does."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce, self.challenge = query["nonce"], query["code_challenge"]
        return query

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/person",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **self.metadata,
            }
        if path == "/keys":
            return 200, {"keys": [(self.published or self.key).as_dict(private=False)]}
        if path == "/person":
            return 200, self.person
        self.forms.append(form)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_right = (
            form.get("code") == CODE and base64.urlsafe_b64encode(verifier).decode().rstrip("=") == self.challenge
        )
        if not is_right:
            return 400, {"error": "invalid_grant"}
        return self.token_status, {"access_token": ACCESS, "token_type": "Bearer", "id_token": self.id_token()}

    def id_token(self) -> str:
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": "pelagia",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
        }
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        if self.header["alg"] == "none":
            parts = [
                base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                for part in (self.header, claims)
            ]
            return ".".join([*parts, ""])
        key = OctKey.import_key("secret" * 8) if self.header["alg"].startswith("HS") else self.key
        return jwt.encode(self.header, claims, key)


@contextlib.contextmanager
def serve(provider: Provider) -> Iterator[Provider]:
    """Serve a provider on a free port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            provider.paths.append(self.path)
            if "authorization" in self.headers:
                provider.authorizations.append(self.headers["authorization"])
            status, body = provider.answer(self.path, form)
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
