r"""Average precision: precision at each score's threshold, averaged over the positives, from cells by label."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, normal_quantile

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView


def average_precision(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Average precision, :math:`\sum_n (R_n - R_{n-1}) P_n`.

    An atom's rows are tied.  Of a gap of a positives and b negatives, below P positives and N negatives, any order is
    possible.  Best for it: all positives tied and above its negatives, each at precision (P+a) / (P+a+N).  Worst: its
    negatives above, its positives one by one, :math:`\sum_{i \le a} (P+i) / (P+i+N+b)`; as
    :math:`1/x \le \int_{x-1/2}^{x+1/2} 1/t\,dt`, no less than :math:`a - (N+b) \ln(1 + a / (P+N+b+1/2))`, which is a
    hair less.  The value takes a gap's rows as tied.  Where no open gap holds two rows of which one is positive it is
    ``sklearn.metrics.average_precision_score``.

    The interval is normal on the logit scale with variance 1 / (m AP (1 - AP)), m the number of positives, taken
    around the bracket.

    Returns
    -------
    None where there are no positives; no interval where the value is 1.

    References
    ----------
    K. Boyd, K. Eng, C. D. Page (2013), Area under the precision-recall curve: point estimates and confidence
    intervals, ECML PKDD.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([0.1, 0.35, 0.4, 0.8])
    >>> round(average_precision(layout.view(layout.count([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))).value, 4)
    0.8333
    """
    a, b = view.positives[::-1].astype(np.float64), view.negatives[::-1].astype(np.float64)
    positives = int(a.sum())
    if not positives:
        return None
    p, n = np.cumsum(a) - a, np.cumsum(b) - b  # above each cell
    seen = np.maximum(1, p + a + n + b)
    tied = a * (p + a) / seen
    best = a * (p + a) / np.maximum(1, p + a + n)
    first = a * (p + 1) / (p + 1 + n + b)  # all as the first of them: exact for one
    worst = np.maximum(first, a - (n + b) * np.log1p(a / (p + n + b + 0.5)))
    gap = np.arange(len(a)) % 2 == 0
    value, low, high = (
        float(part.sum()) / positives
        for part in (tied, np.where(gap, worst, tied), np.where(gap, best, tied))
    )
    low, high = min(low, value), max(high, value)  # equal but for the order of roundings
    z = normal_quantile(confidence)
    interval = Interval(_logit_end(low, positives, -z), _logit_end(high, positives, z)) if value < 1 else None
    return Estimate(value, low, high, interval, positives)


def _logit_end(value: float, positives: int, errors: float) -> float:
    """The value so many standard errors away on the logit scale; 1 itself stays."""
    if value >= 1:
        return 1.0
    return float(expit(logit(value) + errors / math.sqrt(positives * value * (1 - value))))
