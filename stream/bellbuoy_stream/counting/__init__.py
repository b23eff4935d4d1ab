"""Exact, additive counters: rows into cells, cells into sums."""
