r"""Log loss: mean of minus the logarithm of the probability that each row's label was given, in nats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bellbuoy_stream.performance.estimate import CONFIDENCE
from bellbuoy_stream.performance.moments import mean

if TYPE_CHECKING:
    from bellbuoy_stream.performance.estimate import Estimate
    from bellbuoy_stream.performance.moments import Moments


class Scored(Protocol):
    """A view with log losses: binary or multiclass."""

    @property
    def log_losses(self) -> Moments:
        """Log loss of the rows."""


def log_loss(view: Scored, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Log loss, :math:`-\frac1n \sum_i \ln p_i(y_i)`, with the interval of the central limit theorem.

    Probabilities are clipped to [2**-52, 1 - 2**-52]; then it is ``sklearn.metrics.log_loss``.

    Returns
    -------
    None where no row has a label and its probability.

    References
    ----------
    I. J. Good (1952), Rational decisions, J. R. Stat. Soc. B 14(1).

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> round(log_loss(layout.view(layout.count([0.25, 0.5], [0, 1]))).value, 6)
    0.490415
    """
    return mean(view.log_losses, confidence)
