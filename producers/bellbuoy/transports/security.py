"""Security of Kafka connections, from the environment, the same for every client inside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.errors import SpecError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class Secret:
    """A text that prints as stars; :meth:`reveal` is the only way to it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the client library only; that copy, too, has a repr of stars."""
        return _Starred(self._text)

    def __repr__(self) -> str:
        return "'***'"


class _Starred(str):
    """A text whose repr is stars: client libraries log the settings they are given, by repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Security(msgspec.Struct, frozen=True):
    """How to connect to Kafka.

    Attributes
    ----------
    protocol
        ``PLAINTEXT``, ``SSL``, ``SASL_PLAINTEXT`` or ``SASL_SSL``.
    mechanism
        ``PLAIN``, ``SCRAM-SHA-256`` or ``SCRAM-SHA-512``, with SASL.
    username, password
        With SASL; the password never prints.
    cafile, certfile, keyfile
        PEM files, with SSL: who is trusted, and our own certificate where the broker wants one.
    """

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: Secret | None = None
    cafile: str | None = None
    certfile: str | None = None
    keyfile: str | None = None

    @property
    def encrypted(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol.endswith("SSL")

    def ssl_context(self) -> ssl.SSLContext | None:
        """Context that verifies the broker's certificate and host name, or None without encryption.

        Raises
        ------
        SpecError
            Where a file is missing or is no certificate.
        """
        if not self.encrypted:
            return None
        import ssl  # noqa: PLC0415  # slow to import, wanted with encryption only

        try:
            context = ssl.create_default_context(cafile=self.cafile)
            if self.certfile:
                context.load_cert_chain(self.certfile, self.keyfile)
        except (OSError, ssl.SSLError) as error:
            raise SpecError(f"a certificate cannot be loaded ({error}); check the files that BELLBUOY_SSL_CAFILE, BELLBUOY_SSL_CERTFILE and BELLBUOY_SSL_KEYFILE name") from error  # fmt: skip  # noqa: E501
        return context

    def client_settings(self) -> dict[str, Any]:
        """Keyword arguments that kafka-python's and aiokafka's clients share."""
        settings: dict[str, Any] = {"security_protocol": self.protocol}
        context = self.ssl_context()
        if context is not None:
            settings["ssl_context"] = context
        if self.mechanism is not None and self.password is not None:
            settings["sasl_mechanism"] = self.mechanism
            settings["sasl_plain_username"] = self.username
            settings["sasl_plain_password"] = self.password.reveal()
        return settings


def security_from_environment(environment: Mapping[str, str] | None = None) -> Security:
    """Read ``BELLBUOY_SECURITY_PROTOCOL``, ``_SASL_MECHANISM``, ``_SASL_USERNAME`` and so on.

    Raises
    ------
    SpecError
        Where they contradict each other; the message repeats no value but protocol and mechanism.

    Examples
    --------
    >>> names = {"BELLBUOY_SECURITY_PROTOCOL": "SASL_SSL", "BELLBUOY_SASL_USERNAME": "app",
    ...          "BELLBUOY_SASL_PASSWORD": "hunter2"}
    >>> security = security_from_environment(names)
    >>> security.password, security.mechanism
    ('***', 'PLAIN')
    """
    named = os.environ if environment is None else environment

    def get(name: str) -> str | None:
        return named.get(f"BELLBUOY_{name}") or None

    security = Security(
        protocol=(get("SECURITY_PROTOCOL") or "PLAINTEXT").upper(),
        mechanism=(get("SASL_MECHANISM") or "PLAIN").upper(),
        username=get("SASL_USERNAME"),
        password=_password(get("SASL_PASSWORD"), get("SASL_PASSWORD_FILE")),
        cafile=get("SSL_CAFILE"),
        certfile=get("SSL_CERTFILE"),
        keyfile=get("SSL_KEYFILE"),
    )
    if security.protocol not in PROTOCOLS:
        raise SpecError(
            f"BELLBUOY_SECURITY_PROTOCOL is {security.protocol!r}; it can be {', '.join(PROTOCOLS)}"
        )
    if not security.protocol.startswith("SASL"):
        return msgspec.structs.replace(security, mechanism=None, username=None, password=None)
    if security.mechanism not in MECHANISMS:
        raise SpecError(
            f"BELLBUOY_SASL_MECHANISM is {security.mechanism!r}; it can be {', '.join(MECHANISMS)}"
        )
    if security.username is None or security.password is None:
        raise SpecError(f"{security.protocol} needs BELLBUOY_SASL_USERNAME, and BELLBUOY_SASL_PASSWORD or BELLBUOY_SASL_PASSWORD_FILE")  # fmt: skip  # noqa: E501
    return security


def _password(text: str | None, file: str | None) -> Secret | None:
    if text is not None:
        return Secret(text)
    if file is None:
        return None
    try:
        with open(file, encoding="utf-8") as lines:  # noqa: PTH123  # pathlib is slow to import
            return Secret(lines.read().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"the file {file} that BELLBUOY_SASL_PASSWORD_FILE names cannot be read") from error
