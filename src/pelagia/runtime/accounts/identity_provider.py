"""Sign-in through an OpenID Connect provider such as EGI Check-in: the code flow with PKCE, state and nonce.

Nothing secret is logged or stands in an error: neither the code nor a token nor the secret of the client.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from pelagia.core.errors import SignInNeeded, Unavailable

WELL_KNOWN = "/.well-known/openid-configuration"
SCOPE = "openid profile email voperson_verified_email eduperson_scoped_affiliation voperson_external_affiliation"
ANSWERS_WITHIN_SECONDS = 10.0
KEPT_SECONDS = 3600.0
LEEWAY_SECONDS = 60
# Signed with the provider's own key: never `none`, never with a secret that we know as well.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What must come back, and what proves that the same browser began: kept by it until it returns."""

    state: str
    nonce: str
    verifier: str


class IdentityProvider:
    """An OpenID Connect provider; safe to use from many threads.

    Parameters
    ----------
    issuer
        Its address, as its tokens name it.
    client_id, secret
        Under which it knows this installation; the secret may be empty for a public client.
    """

    def __init__(self, issuer: str, client_id: str, secret: str = "") -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def begin(self, redirect_uri: str) -> tuple[str, Pending]:
        """Return where to send the browser, and what to expect from it.

        Raises
        ------
        Unavailable
            Where the provider does not answer.
        """
        pending = Pending(
            state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48)
        )
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": self._scope(),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": create_s256_code_challenge(pending.verifier),
            "code_challenge_method": "S256",
        }
        address = self._metadata()["authorization_endpoint"]
        return str(add_params_to_uri(address, list(parameters.items()))), pending

    def finish(self, pending: Pending, code: str, redirect_uri: str) -> dict[str, Any]:
        """Return what the provider says of the person who came back with a code: claims, ``sub`` among them.

        Raises
        ------
        Unavailable
            Where the provider does not answer.
        SignInNeeded
            Where it takes the code for wrong, or its answer is not what was asked for.
        """
        answer = self._fetch_token(code, pending.verifier, redirect_uri)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise _not_signed_in("no token in its answer")
        claims = self._verified(id_token, access_token, pending.nonce)
        more = self._fetch_person(access_token)
        if more and more.get("sub") != claims["sub"]:
            raise _not_signed_in("it speaks of two persons")
        return {**more, **claims}

    def _verified(self, id_token: str, access_token: str, nonce: str) -> dict[str, Any]:
        metadata = self._metadata()
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[name for name in offered if name in ALGORITHMS], strict_check_header=False)
        try:
            try:
                token = jwt.decode(id_token, self._keys(), registry=registry)
            except InvalidKeyIdError:
                # The provider has changed its keys.
                self._kept.pop(metadata["jwks_uri"], None)
                token = jwt.decode(id_token, self._keys(), registry=registry)
            wanted: dict[str, Any] = {"iss": {"values": [metadata["issuer"]]}, "aud": {"values": [self._client_id]}}
            expected = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
            claims = CodeIDToken(token.claims, token.header, wanted, expected)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise _not_signed_in(type(error).__name__) from error
        return dict(claims)

    def _fetch_token(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        metadata = self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._client_id,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        credentials = None
        if self._secret and "client_secret_basic" in methods:
            credentials = httpx.BasicAuth(quote(self._client_id, safe=""), quote(self._secret, safe=""))
        elif self._secret:
            form["client_secret"] = self._secret
        return self._ask("POST", metadata["token_endpoint"], data=form, auth=credentials)

    def _fetch_person(self, access_token: str) -> dict[str, Any]:
        address = self._metadata().get("userinfo_endpoint")
        if not address:
            return {}
        return self._ask("GET", address, headers={"Authorization": f"Bearer {access_token}"})

    def _scope(self) -> str:
        offered = self._metadata().get("scopes_supported")
        return SCOPE if offered is None else " ".join(name for name in SCOPE.split() if name in offered)

    def _metadata(self) -> dict[str, Any]:
        found = self._get(self.issuer.rstrip("/") + WELL_KNOWN)
        endpoints = [found.get(name) for name in ENDPOINTS] + [found[name] for name in OPTIONAL if found.get(name)]
        if found.get("issuer") != self.issuer or not all(_is_safe(address) for address in endpoints):
            raise Unavailable(
                "The identity provider describes itself wrongly",
                value=found.get("issuer", ""),
                remedy="Set PELAGIA_OIDC_ISSUER to exactly the address it calls itself by.",
                file=self.issuer,
            )
        return found

    def _keys(self) -> KeySet:
        return KeySet.import_key_set(self._get(self._metadata()["jwks_uri"]))  # type: ignore[arg-type]

    def _get(self, address: str) -> dict[str, Any]:
        until, kept = self._kept.get(address, (0.0, {}))
        if time.monotonic() >= until:
            kept = self._ask("GET", address)
            self._kept[address] = (time.monotonic() + KEPT_SECONDS, kept)
        return kept

    def _ask(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        try:
            with httpx.Client(timeout=ANSWERS_WITHIN_SECONDS) as client:
                answer = client.request(method, address, **options)
        except httpx.HTTPError as error:
            raise self._silent(type(error).__name__) from error
        if answer.is_client_error:
            raise _not_signed_in(f"status {answer.status_code}")
        try:
            found = answer.json() if answer.is_success else None
        except json.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise self._silent(f"status {answer.status_code}")
        return found

    def _silent(self, value: str) -> Unavailable:
        return Unavailable(
            "The identity provider does not answer",
            value=value,
            remedy="Try again in a minute, or sign in with a password if you have one.",
            file=self.issuer,
        )


def profile_of_claims(claims: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the name and e-mail address of a person and the domain of their institute, where a provider tells them.

    An address counts only where the provider says that it is verified: somebody may open something to its owner.

    Parameters
    ----------
    claims
        ``name``; ``email`` with ``email_verified``, or ``voperson_verified_email``; and
        ``eduperson_scoped_affiliation`` or ``voperson_external_affiliation`` such as ``member@example.org``.
    """
    name = claims.get("name") or " ".join(
        str(claims[part]) for part in ("given_name", "family_name") if claims.get(part)
    )
    affiliations = _several(claims.get("voperson_external_affiliation") or claims.get("eduperson_scoped_affiliation"))
    domains = [one.partition("@")[2] for one in affiliations if "@" in one]
    return {
        "name": str(name) if name else None,
        "email": _verified_email(claims),
        "affiliation": domains[0] if domains else None,
    }


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    email, verified = claims.get("email"), _several(claims.get("voperson_verified_email"))
    # Some providers write their truths as text.
    if email and (claims.get("email_verified") in (True, "true") or str(email) in verified):
        return str(email)
    return verified[0] if verified else None


def _several(claim: object) -> list[str]:
    """Return a claim that may have one value or several as several."""
    if isinstance(claim, str):
        return [claim] if claim else []
    return [str(one) for one in claim if one] if isinstance(claim, list) else []


def _is_safe(address: object) -> bool:
    """Whether an address may be asked: https, or this very computer in tests."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))


def _not_signed_in(value: str) -> SignInNeeded:
    return SignInNeeded(
        "The identity provider did not confirm who you are", value=value, remedy="Try again.", code="not-confirmed"
    )
