"""What a Judge says of a closed window."""

from __future__ import annotations

import msgspec

from bellbuoy_stream.events.base import Event


class ColumnStatistics(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column of one window against its reference; None where a statistic does not apply or has no rows.

    Attributes
    ----------
    rows
        Rows counted, whatever their value.
    nulls, reference_nulls
        Share of rows that are missing or not a number.
    ks, ks_high
        Bracket of the Kolmogorov-Smirnov distance; of a categorical column the largest difference of shares.
    p_value
        Of ``ks``: asymptotic (numeric); exact for each category, added over them (categorical).
    at
        The cut, or the category, where the distance is largest.
    psi, jensen_shannon
        On deciles of the reference (numeric) or categories; the latter a distance in base 2.
    wasserstein, wasserstein_high
        Bracket, in the column's unit; numeric columns only.  No upper end where rows lie so far outside that their
        sum may be cut off (a row counts for at most 2**20 times the reference's range).
    superiority
        P(window > reference) + P(equal) / 2; numeric columns only.
    chi_square, chi_square_p_value, g, g_p_value
        Homogeneity of categories; categorical columns only.
    median, reference_median
        Middle of the median's cell; numeric columns only.
    """

    rows: int
    nulls: float | None = None
    reference_nulls: float | None = None
    ks: float | None = None
    ks_high: float | None = None
    p_value: float | None = None
    at: float | str | None = None
    psi: float | None = None
    jensen_shannon: float | None = None
    wasserstein: float | None = None
    wasserstein_high: float | None = None
    superiority: float | None = None
    chi_square: float | None = None
    chi_square_p_value: float | None = None
    g: float | None = None
    g_p_value: float | None = None
    median: float | None = None
    reference_median: float | None = None


class WindowReport(Event, frozen=True, kw_only=True, tag="window"):
    """A window's verdict; ``revision`` rises as late rows come in, ``id`` stays.

    ``drift``: whether the policy alarmed in this window (decided by revision 0 alone), ``drifted`` for which
    columns.  ``thresholds``: for each column the distance at which its policy rings at the window's length.
    ``rows`` counts all rows; ``late`` those beyond revision 0; ``weight`` what they stand for where rows were
    sampled; ``dropped`` and ``unparsable`` those that could not be counted.
    """

    id: str
    model: str
    version: str
    start: str
    end: str
    rows: int
    columns: dict[str, ColumnStatistics]
    drift: bool = False
    drifted: list[str] = []
    revision: int = 0
    closed: bool = True
    inconclusive: bool = False
    segment: str | None = None
    reference: str | None = None
    reference_version: str | None = None
    thresholds: dict[str, float] = {}
    late: int = 0
    weight: float = 0.0
    dropped: int = 0
    unparsable: int = 0
    quality: list[str] = []
