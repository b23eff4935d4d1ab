"""What every event has: a type, a schema number, and rules for growing."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Base of everything that flows.

    An event is a tagged Struct: the field ``kind`` names it (the same field as in the JSON lines of the command
    line).  Schemas grow by optional fields only; unknown fields are ignored, so old readers take new records and
    new readers take old bytes.  ``schema`` is raised where the *meaning* of a field changes, and a reader refuses
    numbers above the one it knows.
    """

    SCHEMA: ClassVar[int] = 1

    schema: int = 1
