"""Whether a webhook was signed by the provider with a secret of ours, lately. Source: R-PAY-03, api.md section 11."""

import hashlib
import hmac
from collections.abc import Sequence

LONGEST_TIME = 15
"""Digits of a time we are willing to read: beyond it is no time of this world, and `int` gets slow."""


class SignatureInvalid(ValueError):
    """The signature is missing, unreadable, of another time, or of another secret."""


def verify_signature(raw: bytes, header: str | None, *, secrets: Sequence[str], now_unix: float, tolerance_seconds: float = 300) -> None:
    """Returns when `header` (`t=<unix>,v1=<hex>[,v1=…]`) signs exactly these bytes with one of `secrets`.

    While a secret is rotated there are two of them, and the provider may send one `v1` for each. All pairs are compared, in
    constant time each, so that an answer's duration tells nothing about where the match was. `now_unix` is real time, never
    the test clock. Raises `SignatureInvalid`.
    """
    if not header:
        raise SignatureInvalid("the request carries no signature")

    times, signatures = _parts(header)
    if len(times) != 1 or not _is_time(times[0]):
        raise SignatureInvalid("the signature names no time")
    if abs(now_unix - int(times[0])) > tolerance_seconds:
        raise SignatureInvalid(f"the signature is of {times[0]}, more than {tolerance_seconds:g} seconds from now")

    signed = times[0].encode() + b"." + raw
    # A secret that is the empty string, left by a stray comma in the settings, is one that everybody knows.
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures]
    if not any(matches):
        raise SignatureInvalid("the signature is not of a secret of ours over this body")


def _parts(header: str) -> tuple[list[str], list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode("utf-8", "surrogateescape") for name, _, value in pairs if name == "v1"]
    return times, signatures


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_TIME
