"""Folds over one log each: events in, events out."""
