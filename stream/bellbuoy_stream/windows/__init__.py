"""Time: windows, panes, lateness, watermarks, and what is due when."""
