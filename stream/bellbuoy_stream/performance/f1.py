r"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, wilson

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView


def f1(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""F1, 2 TP / (2 TP + FP + FN): ``sklearn.metrics.f1_score``.

    It is a rising function of a share, Jaccard's J = TP / (TP + FP + FN): F1 = 2 J / (1 + J).  So its interval is
    Wilson's of J, mapped.  To first order that is the delta method,
    :math:`\operatorname{Var} F = F (1 - F) (2 - F) / (2 TP + FP + FN)`, without its width of zero at 0 and 1.

    Returns
    -------
    None where no row is positive or decided so.  ``rows`` are those that are one or the other.

    References
    ----------
    C. J. van Rijsbergen (1979), Information Retrieval, 2nd ed., chapter 7; the delta method: K. Takahashi,
    K. Yamamoto, A. Kuchiba, T. Koyama (2022), Confidence interval for micro-averaged F1 and macro-averaged F1 scores,
    Applied Intelligence 52.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> f1(layout.view(layout.count([0.2, 0.7, 0.9, 0.4], [0, 0, 1, 1]))).value
    0.5
    """
    (_, false), (missed, true) = view.confusion.tolist()
    rows = false + missed + true
    if not rows:
        return None
    value = 2 * true / (true + rows)
    ends = wilson(true, rows, confidence)
    interval = Interval(2 * ends.low / (1 + ends.low), 2 * ends.high / (1 + ends.high))
    return Estimate(value, value, value, interval, rows)
