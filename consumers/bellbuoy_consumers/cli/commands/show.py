def show():
    """X"""
