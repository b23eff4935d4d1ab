"""What a worker does, in numbers for Prometheus, under ``http://host:port/metrics``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bellbuoy_stream.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client import Metric

    from bellbuoy_consumers.runtimes.fold import Fold

LABELS = ("stage", "partition")


class FoldMetrics(Collector):
    """Reads the folds of a worker when it is asked; nothing is counted twice, and nothing at rest.

    Parameters
    ----------
    folds
        Gives the folds that the worker has now; partitions come and go.
    """

    def __init__(self, folds: Callable[[], Sequence[Fold]]) -> None:
        self._folds = folds

    def collect(self) -> Iterator[Metric]:
        """The numbers of each partition."""
        records = CounterMetricFamily("bellbuoy_records", "Records folded by this process.", labels=LABELS)
        dead = CounterMetricFamily(
            "bellbuoy_dead_letters", "Records put aside as dead letters.", labels=LABELS
        )
        lost = CounterMetricFamily(
            "bellbuoy_lost_records", "Records deleted from the log before they were read.", labels=LABELS
        )
        position = GaugeMetricFamily("bellbuoy_position", "Offset of the next record to fold.", labels=LABELS)
        for fold in self._folds():
            place = (fold.stage.name, str(fold.partition))
            records.add_metric(place, fold.records)
            dead.add_metric(place, fold.dead)
            lost.add_metric(place, fold.lost)
            position.add_metric(place, fold.next)
        yield from (records, dead, lost, position)


@contextmanager
def metrics_on(port: int | None, folds: Callable[[], Sequence[Fold]]) -> Iterator[int | None]:
    """Serve a worker's numbers while it works; the port that is served (0 chooses a free one), None for none.

    Raises
    ------
    SpecError
        Where the port cannot be had.
    """
    if port is None:
        yield None
        return
    registry = CollectorRegistry()
    registry.register(FoldMetrics(folds))
    try:
        server, thread = start_http_server(port, registry=registry)
    except (OSError, OverflowError) as error:
        raise SpecError(f"--http-port {port}: {error}; choose another port") from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
