"""Say how many of something there are, in English: "1 paper", "1,200 papers"."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun. many: left out, the noun with an "s"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
