def doctor():
    "x"
