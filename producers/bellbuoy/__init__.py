"""What a live app imports."""
