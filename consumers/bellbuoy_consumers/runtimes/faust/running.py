"""A worker as a process of its own: signals, exit codes, and an end that cannot hang."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from bellbuoy.transports.opening import open_transport
from bellbuoy_consumers.runtimes.faust.allocation import keep_freed_memory
from bellbuoy_consumers.runtimes.faust.logs import quiet_clients
from bellbuoy_consumers.runtimes.faust.patience import Patience
from bellbuoy_consumers.runtimes.faust.worker import FaustWorker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.metrics import metrics_on
from bellbuoy_consumers.runtimes.stages import ROLES, stages
from bellbuoy_stream.errors import BrokerError, InputError, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

OK, WRONG_USE, UNREACHABLE = 0, 2, 3
END_S = 45.0  # from the signal to the end of the process, whatever hangs


def run_worker(
    url: str,
    prefix: str = "",
    roles: Sequence[str] = ROLES,
    *,
    drain: bool = False,
    create_topics: bool = False,
    http_port: int | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Run a worker on Kafka until SIGTERM or SIGINT (or until all is worked off); its exit code.

    Parameters
    ----------
    url
        ``kafka://host:9092[,host:9092]``; security comes from the environment.
    prefix
        Stands before every topic and group.
    roles
        Which stages to run.
    drain
        Stop when everything that was in the topics at start has been worked off.
    create_topics
        Make topics that are missing, instead of refusing to start.
    http_port
        Where Prometheus finds this worker's numbers; None: nowhere.
    stop
        Set to end the worker; by default the two signals do.

    Returns
    -------
    code
        0 ok, 2 wrong use, 3 broker unreachable: a restart carries on where this worker left.
    """
    stop = stop or stop_on_signals()
    quiet_clients()
    keep_freed_memory()
    lookups = open_transport(url, prefix)
    try:
        find = Patience(stop).find(Library(lookups).find)
        chosen = [stage for stage in stages(find) if stage.name in roles]
        worker = FaustWorker(url, chosen, prefix, create_topics=create_topics)
        with metrics_on(http_port, worker.folds):
            if drain:
                worker.drain(stop)
            else:
                worker.run(stop)
    except BrokerError as error:
        logger.error("%s", error)  # noqa: TRY400  # a sentence, not a traceback
        return UNREACHABLE
    except (SpecError, InputError) as error:
        logger.error("%s", error)  # noqa: TRY400
        return WRONG_USE
    finally:
        lookups.close()
    return OK


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; from then on the process ends within a bound, in order or not."""
    stop = threading.Event()

    def told(number: int, frame: object) -> None:
        del number, frame
        if not stop.is_set():
            stop.set()
            end_within(END_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    return stop


def end_within(seconds: float, code: int = OK) -> None:
    """End this process at the latest after so many seconds, with a code; what was not written is done again."""

    def end() -> None:
        logger.error("the worker did not end by itself within %.0f s", seconds)
        logging.shutdown()
        os._exit(code)

    watchdog = threading.Timer(seconds, end)
    watchdog.daemon = True
    watchdog.start()


def leave(code: int) -> None:
    """End this process now: a client's thread that hangs in its teardown cannot hold it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
