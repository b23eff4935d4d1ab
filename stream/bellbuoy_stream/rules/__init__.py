"""Folds that decide: incidents, and the chains that decisions form."""
