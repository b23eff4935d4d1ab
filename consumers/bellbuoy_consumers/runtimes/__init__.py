"""Hosts of the processors: embedded on SQLite, Faust on Kafka."""
