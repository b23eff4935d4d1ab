"""What a quality rule says, and the limits all rules share."""

from __future__ import annotations

from typing import Literal

import msgspec

Rule = Literal["vanished", "missing", "wrong_type", "unseen", "constant", "unit", "range"]


class QualityFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A column that looks broken, rather than drifted.

    ``effect`` is what was measured and ``threshold`` what it was held against, in the same unit: shares of rows, or
    for ``unit`` and ``range`` as the rule says.
    """

    column: str
    rule: Rule
    effect: float
    threshold: float
    summary: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How sure and how large a fault must be.

    Attributes
    ----------
    alpha
        Chance that one rule calls one pane of one column broken although its rows are drawn as in the worst pane of
        the reference.  1e-9: with 100 columns, 7 rules and hourly panes less than one in a century.
    doubt
        Chance that a share is called larger than is worth calling, though it is just that large.  It costs a pane of
        20 rows one row more, and one of a thousand two hundredths of its share.
    min_rows
        Rows below which nothing is said.
    min_missing
        Smallest rise of the share of missing values worth calling a fault.
    min_strange
        The same for values the reference (nearly) never has: of the wrong type, infinite, or unseen.
    """

    alpha: float = 1e-9
    doubt: float = 0.01
    min_rows: int = 20
    min_missing: float = 0.1
    min_strange: float = 0.05


DEFAULT_LIMITS = Limits()
