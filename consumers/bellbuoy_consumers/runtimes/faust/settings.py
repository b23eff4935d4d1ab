"""How a Faust application is set up: each value is there for a reason that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust

from bellbuoy_consumers.runtimes.faust.checksums import check_in_hardware
from bellbuoy_consumers.runtimes.faust.parts import CommittedConsumer, QuietMonitor, read_in_one_go
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from bellbuoy.transports.address import Address
    from bellbuoy.transports.security import Security

SESSION_S = 6.0  # a killed worker's partitions move on after this
HEARTBEAT_S = 2.0  # a third of the session
REQUEST_S = 30.0
OUTAGE_S = 600.0  # how long the broker may be away before a worker gives up and leaves with code 3
FETCH_BYTES = 4_000_000  # a partition and a fetch; records stay under 900 kB
QUEUED_RECORDS = 32  # of up to 900 kB each, between the consumer's thread and ours
POLL_RECORDS = 500
BATCH_BYTES = 500_000  # of one produced batch; a broker takes 1,048,588 by default
OVERHEAD_BYTES = 100_000  # of a request beyond its largest record


def make_app(group: str, address: Address, security: Security) -> faust.App:
    """An application that is one consumer group on one broker, without web server, tables or commits of its own.

    Parameters
    ----------
    group
        Name of the consumer group, prefix and all.
    address, security
        Where the broker is, and how to connect.
    """
    check_in_hardware()
    read_in_one_go()
    servers = ";".join(f"kafka://{server}" for server in address.place.split(","))
    app = faust.App(
        group,
        broker=servers,
        broker_credentials=_credentials(security),
        set_as_current=False,
        Monitor=QuietMonitor,
        autodiscover=False,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        table_standby_replicas=0,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_buffer_maxsize=QUEUED_RECORDS,
        broker_client_id=group,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_request_timeout=REQUEST_S,
        broker_commit_interval=60.0,  # nothing is acknowledged to Faust: positions are committed by the host
        broker_max_poll_records=POLL_RECORDS,
        broker_check_crcs=False,  # done by check_in_hardware
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
        producer_acks=-1,
        producer_request_timeout=OUTAGE_S,
        producer_max_batch_size=BATCH_BYTES,
        producer_max_request_size=MAX_RECORD_BYTES + OVERHEAD_BYTES,
    )
    app.transport.Consumer = CommittedConsumer
    app._create_directories = _nothing  # noqa: SLF001  # there are no tables: no folders where a worker was started
    return app


def _nothing() -> None:
    """Do nothing."""


def _credentials(security: Security) -> Any:
    """Faust's form of the settings that all our clients share."""
    context = security.ssl_context()
    if security.mechanism is not None and security.password is not None:
        return faust.SASLCredentials(
            username=security.username,
            password=security.password.reveal(),
            ssl_context=context,
            mechanism=security.mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)
