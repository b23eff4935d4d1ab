"""The demo: a year of flights through the whole of Bellbuoy."""
