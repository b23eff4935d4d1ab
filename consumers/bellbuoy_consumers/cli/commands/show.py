def show():
    "x"
