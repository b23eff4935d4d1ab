"""The runtime on Kafka: processors hosted by Faust, in consumer groups."""

from bellbuoy_consumers.runtimes.faust.running import run_worker
from bellbuoy_consumers.runtimes.faust.worker import FaustWorker

__all__ = ["FaustWorker", "run_worker"]
