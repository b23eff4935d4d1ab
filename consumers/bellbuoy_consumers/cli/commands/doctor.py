def doctor():
    """X"""
