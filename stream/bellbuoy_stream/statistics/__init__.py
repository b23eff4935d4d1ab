"""Statistics of a window against its reference, all on cell counts: one statistic, one file."""

from bellbuoy_stream.events.windows import ColumnStatistics
from bellbuoy_stream.statistics.baseline import Baseline, missing_share
from bellbuoy_stream.statistics.bins import bin_starts, binned
from bellbuoy_stream.statistics.categorical import share_distance, share_p_value
from bellbuoy_stream.statistics.chi_square import Homogeneity, homogeneity
from bellbuoy_stream.statistics.jensen_shannon import jensen_shannon
from bellbuoy_stream.statistics.ks import KSBracket, ks_bracket, ks_cut, ks_distance, ks_p_value, ks_p_values
from bellbuoy_stream.statistics.mann_whitney import Superiority, doubled_u, superiority
from bellbuoy_stream.statistics.psi import psi
from bellbuoy_stream.statistics.quantiles import QuantileBracket, quantile_bracket
from bellbuoy_stream.statistics.report import column_statistics, table_statistics
from bellbuoy_stream.statistics.sample import Sample
from bellbuoy_stream.statistics.wasserstein import Tails, WassersteinBracket, wasserstein

__all__ = [
    "Baseline",
    "ColumnStatistics",
    "Homogeneity",
    "KSBracket",
    "QuantileBracket",
    "Sample",
    "Superiority",
    "Tails",
    "WassersteinBracket",
    "bin_starts",
    "binned",
    "column_statistics",
    "doubled_u",
    "homogeneity",
    "jensen_shannon",
    "ks_bracket",
    "ks_cut",
    "ks_distance",
    "ks_p_value",
    "ks_p_values",
    "missing_share",
    "psi",
    "quantile_bracket",
    "share_distance",
    "share_p_value",
    "superiority",
    "table_statistics",
    "wasserstein",
]
