"""How names stand in lists."""

from school.rules.names import alphabetical, by_number


def test_yo_stands_with_ye_and_capitals_with_small_letters():
    names = ["Жуков", "ёлкина", "Егоров", "Ёжиков", "Андреев"]
    assert sorted(names, key=alphabetical) == ["Андреев", "Егоров", "Ёжиков", "ёлкина", "Жуков"]


def test_classes_stand_by_their_numbers():
    names = ["10А", "7Б", "Поток", "7А", "11А"]
    assert sorted(names, key=by_number) == ["Поток", "7А", "7Б", "10А", "11А"]
    groups = ["10А", "8А", "7А, 2 группа", "7А, 1 группа"]
    assert sorted(groups, key=by_number) == ["7А, 1 группа", "7А, 2 группа", "8А", "10А"]
