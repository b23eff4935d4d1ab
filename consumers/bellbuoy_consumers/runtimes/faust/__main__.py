"""``python -m bellbuoy_consumers.runtimes.faust kafka://host:9092 [--prefix P] [--role tally ...] [--drain]``."""

from __future__ import annotations

import argparse
import logging

from bellbuoy_consumers.runtimes.faust.running import leave, run_worker
from bellbuoy_consumers.runtimes.stages import ROLES


def main() -> None:
    """Read the arguments, run a worker, leave with its code."""
    parser = argparse.ArgumentParser(
        prog="bellbuoy_consumers.runtimes.faust", description="A worker on Kafka."
    )
    parser.add_argument("url")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--role", action="append", choices=ROLES)
    parser.add_argument("--drain", action="store_true")
    parser.add_argument("--create-topics", action="store_true")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    leave(
        run_worker(
            chosen.url,
            chosen.prefix,
            chosen.role or ROLES,
            drain=chosen.drain,
            create_topics=chosen.create_topics,
        )
    )


if __name__ == "__main__":
    main()
