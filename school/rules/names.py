"""Names of people and of classes in lists."""

import re


def alphabetical(name: str) -> str:
    """What a name is sorted and compared by: «ё» stands with «е», capitals with small letters."""
    return name.casefold().replace("ё", "е")


def by_number(name: str) -> tuple[int, str]:
    """What a class or a group is sorted by: «7А» before «10А» and «7А, 2 группа» between them,
    names without a number first."""
    number = re.search(r"\d+", name)
    return int(number[0]) if number else 0, name
