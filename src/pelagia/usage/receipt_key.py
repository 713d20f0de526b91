"""The key an installation signs its usage receipts with: made at first use, kept beside its other keys."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pelagia.core.errors import BadInput, Unavailable
from pelagia.runtime.accounts.keys import make_key

FILE = "receipts.key"
ID_LENGTH = 32


def open_receipt_key(home: Path) -> Ed25519PrivateKey:
    """Return the key of an installation, made where there is none.

    Parameters
    ----------
    home
        Its home folder.

    Raises
    ------
    Unavailable
        Where it cannot be read or made.
    """
    path = home / "keys" / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            make_key(path)
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Unavailable(
            "The key for usage receipts cannot be read or made",
            value=error,
            file=str(path),
            remedy="See that PELAGIA_HOME may be written to; restore a damaged key from a copy.",
        ) from error


def public_hex(key: Ed25519PrivateKey) -> str:
    """Return the public key of a key, as hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()


def installation_id(public_key: str) -> str:
    """Return the name of an installation: the first half of the SHA-256 of its public key, its fingerprint."""
    return sha256(bytes.fromhex(public_key)).hexdigest()[:ID_LENGTH]


def fingerprint(public_key: str) -> str:
    """Return the fingerprint of a public key, to be read aloud."""
    name = installation_id(public_key)
    return " ".join(name[at : at + 4] for at in range(0, len(name), 4))


def verify(public_key: str, signature: str, message: bytes) -> None:
    """Check a signature.

    Raises
    ------
    BadInput
        Where it is not that of the key.
    """
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        raise BadInput(
            "The signature of the receipt is not valid: it was changed, or is not of the installation it names",
            value=fingerprint(public_key),
            remedy="Ask the installation for the file again.",
        ) from None
