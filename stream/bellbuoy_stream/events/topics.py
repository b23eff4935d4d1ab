"""Which topics there are, and how each one is kept."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from bellbuoy_stream.times import MICROSECONDS

DEFAULT_PARTITIONS = 4  # of every topic whose records are spread; never changed once a log exists
FOREVER = -1
DAY_MS = MICROSECONDS["d"] // 1_000
MAX_RECORD_BYTES = 900_000  # a broker with default settings takes 1,048,588 with its overhead

COMPACTED_SEGMENT_BYTES = 64_000_000
"""Of a compacted topic: the newest segment is never compacted, and who starts anew reads all of it."""


class Topic(msgspec.Struct, frozen=True):
    """A topic with its settings.

    Attributes
    ----------
    name
        Name without prefix, such as ``bellbuoy.events``.
    partitions
        Their number; 1 where every reader needs the whole topic.
    cleanup
        ``compact`` keeps the last record of every key, ``delete`` drops records by age.
    retention_ms
        Age at which records may go, or -1 for never.
    append_time
        Whether the broker stamps records when it appends them.
    """

    name: str
    partitions: int = DEFAULT_PARTITIONS
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = FOREVER
    append_time: bool = False

    def settings(self) -> dict[str, str]:
        """Topic settings in the broker's own names.

        Examples
        --------
        >>> Topics.EVENTS.settings()["message.timestamp.type"]
        'LogAppendTime'
        """
        settings = {
            "cleanup.policy": self.cleanup,
            "message.timestamp.type": "LogAppendTime" if self.append_time else "CreateTime",
        }
        if self.cleanup == "delete":
            settings["retention.ms"] = str(self.retention_ms)
        else:
            settings["segment.bytes"] = str(COMPACTED_SEGMENT_BYTES)
        return settings


class Topics(msgspec.Struct, frozen=True):
    """All topics under one prefix (an environment, a team).

    Inside, topics go by their plain names; :meth:`physical` is what the broker calls them.

    Examples
    --------
    >>> Topics("staging").physical("bellbuoy.events")
    'staging.bellbuoy.events'
    >>> Topics("staging").plain("staging.bellbuoy.events"), Topics().physical("bellbuoy.alerts")
    ('bellbuoy.events', 'bellbuoy.alerts')
    """

    EVENTS: ClassVar[Topic] = Topic("bellbuoy.events", retention_ms=30 * DAY_MS, append_time=True)
    REFERENCES: ClassVar[Topic] = Topic("bellbuoy.references", partitions=1, cleanup="compact")
    SPECS: ClassVar[Topic] = Topic("bellbuoy.specs", partitions=1, cleanup="compact")
    PANES: ClassVar[Topic] = Topic("bellbuoy.panes", retention_ms=7 * DAY_MS)
    OUTCOMES: ClassVar[Topic] = Topic("bellbuoy.outcomes", retention_ms=7 * DAY_MS)
    WINDOWS: ClassVar[Topic] = Topic("bellbuoy.windows", retention_ms=90 * DAY_MS)
    ALERTS: ClassVar[Topic] = Topic("bellbuoy.alerts")
    MODELS: ClassVar[Topic] = Topic("bellbuoy.models")
    STATE: ClassVar[Topic] = Topic("bellbuoy.state", partitions=1, cleanup="compact")
    DEADLETTER: ClassVar[Topic] = Topic("bellbuoy.deadletter", retention_ms=14 * DAY_MS)
    RETRAIN: ClassVar[Topic] = Topic("bellbuoy.retrain")
    ALL: ClassVar[tuple[Topic, ...]] = (
        EVENTS, REFERENCES, SPECS, PANES, OUTCOMES, WINDOWS, ALERTS, MODELS, STATE, DEADLETTER, RETRAIN,
    )  # fmt: skip

    prefix: str = ""

    def physical(self, name: str) -> str:
        """The broker's name of a topic or a consumer group.

        A dot joins prefix and name, unless the prefix ends in ``.``, ``-`` or ``_`` itself.
        """
        joint = "" if not self.prefix or self.prefix[-1] in "._-" else "."
        return f"{self.prefix}{joint}{name}"

    def plain(self, physical: str) -> str:
        """The name without the prefix."""
        return physical.removeprefix(self.physical(""))

    @classmethod
    def named(cls, name: str) -> Topic:
        """Settings of a topic by its plain name; the defaults for a topic that is not ours."""
        return next((topic for topic in cls.ALL if topic.name == name), Topic(name))
