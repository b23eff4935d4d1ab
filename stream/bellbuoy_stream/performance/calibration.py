r"""Calibration: does what is scored p happen with probability p, by bins of the score and as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellbuoy_stream.performance.binary import BRIER, SCORE
from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, proportion
from bellbuoy_stream.performance.moments import Moments, mean
from bellbuoy_stream.performance.probabilities import PROBABILITY

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView


class CalibrationBin(NamedTuple):
    """A bin of the score, (low, high], its rows' mean score, and the share of them that are positive."""

    low: float
    high: float
    mean_score: float
    positives: Estimate


def calibration_curve(view: BinaryView, confidence: float = CONFIDENCE) -> list[CalibrationBin]:
    """Bins that have rows, shares with their Wilson intervals: ``sklearn.calibration.calibration_curve``.

    References
    ----------
    A. H. Murphy, R. L. Winkler (1977), Reliability of subjective probability forecasts of precipitation and
    temperature, J. R. Stat. Soc. C 26(1).

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> view = layout.view(layout.count([0.25, 0.25, 0.75], [0, 1, 1]))
    >>> [(round(bin.low, 1), bin.mean_score, bin.positives.value) for bin in calibration_curve(view)]
    [(0.2, 0.25, 0.5), (0.7, 0.75, 1.0)]
    """
    edges = view.layout.edges.tolist()
    curve = []
    rows_by_label = view.block("bin_rows").tolist()
    for at, (words, (negatives, positives)) in enumerate(
        zip(view.block("bin_scores"), rows_by_label, strict=True)
    ):
        share = proportion(positives, negatives + positives, confidence)
        if share is not None:
            mean_score = PROBABILITY.total(words) / share.rows
            curve.append(CalibrationBin(edges[at], edges[at + 1], mean_score, share))
    return curve


def calibration_error(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Expected calibration error, :math:`\sum_b \frac{n_b}{n} |\bar p_b - \bar y_b|`.

    It has no interval: it is never negative, so chance alone raises it, and it is not normal where a model is
    calibrated.  The curve's bins have theirs.

    Returns
    -------
    None where no row has a label and a score.

    References
    ----------
    M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
    AAAI; C. Guo et al. (2017), On calibration of modern neural networks, ICML, section 2.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> calibration_error(layout.view(layout.count([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1]))).value
    0.25
    """
    if not view.rows:
        return None
    curve = calibration_curve(view, confidence)
    gaps = sum(bin_.positives.rows * abs(bin_.mean_score - bin_.positives.value) for bin_ in curve)
    value = gaps / view.rows
    return Estimate(value, value, value, None, view.rows)


def calibration_in_the_large(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Mean score less base rate, with the interval of the central limit theorem.

    The mean of :math:`p_i - y_i`, whose squares the Brier score adds up.

    Returns
    -------
    None where no row has a label and a score.

    References
    ----------
    E. W. Steyerberg (2019), Clinical Prediction Models, 2nd ed., section 15.3.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> calibration_in_the_large(layout.view(layout.count([0.25, 0.5], [0, 1]))).value
    -0.125
    """
    difference = view.total(SCORE) - int(view.positives.sum())
    return mean(Moments(view.rows, difference, view.total(BRIER)), confidence)


def base_rate(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    """Share of positives among rows with a score, with its Wilson interval.

    Returns
    -------
    None where no row has a label and a score.

    References
    ----------
    E. W. Steyerberg (2019), Clinical Prediction Models, 2nd ed., section 15.3.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> base_rate(layout.view(layout.count([0.25, 0.5, 0.1, 0.2], [0, 1, 0, 0]))).value
    0.25
    """
    return proportion(int(view.positives.sum()), view.rows, confidence)
