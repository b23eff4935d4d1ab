"""A log in memory of one's own, and a way to read back what an app logged."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports import open_transport
from bellbuoy.transports.memory import forget
from tests.producers.harness import read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.producers.harness import Found, ReadBack


@pytest.fixture
def memory_url() -> Iterator[str]:
    """A log that no other test has."""
    name = uuid.uuid4().hex
    yield f"memory://{name}"
    forget(name)


@pytest.fixture
def read_back() -> ReadBack:
    """Everything in a topic of the log that a URL names."""

    def read(url: str, prefix: str = "", topic: str = "bellbuoy.events") -> Found:
        transport = open_transport(url, prefix)
        found = read_all(transport, topic)
        transport.close()
        return found

    return read
