"""What a monitor is told: its specification, read from TOML, checked, and written as a template."""
