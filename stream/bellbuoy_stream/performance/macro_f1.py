r"""Macro F1: the mean of the F1 of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, normal

if TYPE_CHECKING:
    from bellbuoy_stream.performance.multiclass import MulticlassView


def macro_f1(view: MulticlassView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Macro F1 over the classes that occur as label or prediction, ``other`` being one.

    ``sklearn.metrics.f1_score(average="macro")``.  With :math:`F_k = 2 n_{kk} / D_k`, :math:`D_k` the rows labelled k
    plus those predicted k, and r classes, the delta method gives

    .. math:: \frac{1}{r^2} \sum_{ij} n_{ij} \Bigl(\frac{2 [i = j] - F_i}{D_i} - \frac{F_j}{D_j}\Bigr)^2

    Returns
    -------
    None where no row has a label and a prediction; no interval where the variance is zero, which says nothing.

    References
    ----------
    K. Takahashi, K. Yamamoto, A. Kuchiba, T. Koyama (2022), Confidence interval for micro-averaged F1 and
    macro-averaged F1 scores, Applied Intelligence 52.

    Examples
    --------
    >>> from bellbuoy_stream.performance.multiclass import MulticlassLayout
    >>> layout = MulticlassLayout(["cat", "dog", "fox"])
    >>> round(macro_f1(layout.view(layout.count([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1]))).value, 4)
    0.2667
    """
    confusion = view.confusion
    matched = np.diagonal(confusion)  # predictions of another other class are errors of `other`, twice
    predicted = np.append(confusion[:, :-2].sum(axis=0), confusion[:, -2:].sum())
    either = confusion.sum(axis=1) + predicted
    if not either.any():
        return None
    filled = np.maximum(1, either)
    scores = 2 * matched / filled
    classes = int(np.count_nonzero(either))
    value = float(scores.sum()) / classes
    slopes = scores / filled
    gradient = -slopes[:, None] - np.append(slopes, slopes[-1])
    gradient[np.diag_indices_from(confusion[:, :-1])] += 2 / filled
    variance = float((confusion * np.square(gradient)).sum()) / classes**2
    interval = None
    if variance > 0:
        ends = normal(value, value, variance, confidence)
        interval = Interval(max(0.0, ends.low), min(1.0, ends.high))
    return Estimate(value, value, value, interval, view.decided)
