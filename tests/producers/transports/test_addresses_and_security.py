"""Where a broker is, and how to prove who we are: no secret ever prints."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports import parse_address, security_from_environment
from bellbuoy_stream.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path

SASL = {
    "BELLBUOY_SECURITY_PROTOCOL": "sasl_plaintext",
    "BELLBUOY_SASL_MECHANISM": "SCRAM-SHA-512",
    "BELLBUOY_SASL_USERNAME": "app",
    "BELLBUOY_SASL_PASSWORD": "hunter2",
}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("kafka://host", "host:9092"), ("kafka://a:1,b:2/", "a:1,b:2"), ("kafka://[::1]:9093", "[::1]:9093"),
        ("kafka://[::1]", "[::1]:9092"), ("sqlite:///bell.db", "bell.db"), ("sqlite:////tmp/bell.db", "/tmp/bell.db"),
        ("memory://", "default"),
    ],
)  # fmt: skip
def test_addresses(url: str, place: str) -> None:
    assert parse_address(url).place == place
    assert parse_address(str(parse_address(url))) == parse_address(url)


@pytest.mark.parametrize(
    "url",
    ["", "kafka:", "kafka://", "kafka://:9092", "kafka://a:port", "sqlite://bell.db", "bell.db", "http://a"],
)
def test_no_addresses(url: str) -> None:
    with pytest.raises(SpecError, match="kafka://host:9092"):
        parse_address(url)


def test_sasl_settings_reach_the_client_and_print_as_stars() -> None:
    security = security_from_environment(SASL)
    settings = security.client_settings()
    assert settings == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "app",
        "sasl_plain_password": "hunter2",
    }
    assert "hunter2" not in repr(security) + str(security) + repr(settings) + f"{security}"


def test_a_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    environment = {**SASL, "BELLBUOY_SASL_PASSWORD": "", "BELLBUOY_SASL_PASSWORD_FILE": str(file)}
    assert security_from_environment(environment).client_settings()["sasl_plain_password"] == "hunter2"
    file.unlink()
    with pytest.raises(SpecError, match="BELLBUOY_SASL_PASSWORD_FILE"):
        security_from_environment(environment)


def test_without_sasl_no_password_is_kept() -> None:
    security = security_from_environment({**SASL, "BELLBUOY_SECURITY_PROTOCOL": ""})
    assert security.password is None
    assert security.client_settings() == {"security_protocol": "PLAINTEXT"}
    assert security.ssl_context() is None


def test_encryption_verifies_by_default() -> None:
    import ssl

    context = security_from_environment({"BELLBUOY_SECURITY_PROTOCOL": "SSL"}).ssl_context()
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"BELLBUOY_SECURITY_PROTOCOL": "TLS"}, "it can be PLAINTEXT, SSL"),
        ({"BELLBUOY_SASL_MECHANISM": "GSSAPI"}, "it can be PLAIN, SCRAM"),
        ({"BELLBUOY_SASL_USERNAME": ""}, "needs BELLBUOY_SASL_USERNAME"),
        ({"BELLBUOY_SASL_PASSWORD": ""}, "BELLBUOY_SASL_PASSWORD_FILE"),
    ],
)
def test_contradictions_are_refused_without_the_secret(changes: dict[str, str], says: str) -> None:
    with pytest.raises(SpecError, match=says) as caught:
        security_from_environment({**SASL, **changes})
    assert "hunter2" not in str(caught.value)


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    security = security_from_environment(
        {"BELLBUOY_SECURITY_PROTOCOL": "SSL", "BELLBUOY_SSL_CAFILE": str(tmp_path / "ca.pem")}
    )
    with pytest.raises(SpecError, match="BELLBUOY_SSL_CAFILE"):
        security.ssl_context()


def test_no_client_logs_the_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:

    from bellbuoy.transports import clients
    from bellbuoy.transports.admin import create_topics
    from bellbuoy_stream.errors import BrokerError
    from bellbuoy_stream.events import Topics

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(clients, "CONNECT_MS", 100)
    monkeypatch.setattr("bellbuoy.transports.admin.CONNECT_MS", 100)
    for name, value in SASL.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BrokerError) as caught:
        create_topics(parse_address("kafka://127.0.0.1:1"), Topics())
    assert "hunter2" not in caplog.text + str(caught.value)
