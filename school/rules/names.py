"""Names of people and of classes in lists."""


def alphabetical(name: str) -> str:
    """What a name is sorted and compared by: «ё» stands with «е», capitals with small letters."""
    return name.casefold().replace("ё", "е")


def by_number(name: str) -> tuple[int, str]:
    """What a class is sorted by: «7А» before «10А», names without a number first."""
    digits = "".join(letter for letter in name if letter.isdigit())
    return int(digits or 0), name
