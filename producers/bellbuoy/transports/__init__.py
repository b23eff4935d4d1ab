"""Logs to write to and read from: Kafka, one SQLite file, or memory."""

from bellbuoy.transports.address import Address, default_prefix, default_url, parse_address
from bellbuoy.transports.opening import open_transport
from bellbuoy.transports.protocol import Transport
from bellbuoy.transports.security import Security, security_from_environment

__all__ = [
    "Address",
    "Security",
    "Transport",
    "default_prefix",
    "default_url",
    "open_transport",
    "parse_address",
    "security_from_environment",
]
