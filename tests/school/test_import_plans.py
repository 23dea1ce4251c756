"""Lesson plans come in with a school's files, as a simple list."""

import shutil
from pathlib import Path

import pytest

from school import clock
from school.actions.history import Act
from school.actions.importing import import_school
from school.exchange.problems import ImportRefused
from school.exchange.school_files import load_folder
from school.models import LessonPlanTopic

EXAMPLE = Path("docs/examples/school-from-files")


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "files"))


def bring_in(folder):
    return import_school(load_folder(folder), act=Act(clock.now(), None))


def topics():
    return [
        (topic.teaching_group.subject.name, topic.ordinal, topic.topic)
        for topic in LessonPlanTopic.select().order_by(LessonPlanTopic.id)
    ]


def test_a_plan_comes_in_and_again_changes_nothing(db, folder):
    bring_in(folder)
    before = topics()
    assert ("Математика", 2, "Сложение натуральных чисел") in before
    assert not bring_in(folder).changed_anything
    assert topics() == before


def test_a_changed_plan_is_followed_topic_by_topic(db, folder):
    bring_in(folder)
    path = folder / "plans.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("Натуральные числа и шкалы", "Шкалы")
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    counts = bring_in(folder).counts["lesson_plan_topic"]
    assert (counts.new, counts.changed, counts.same) == (0, 2, 3)
    assert ("Математика", 1, "Шкалы") in topics()
    assert len(topics()) == 4


def test_a_school_begins_without_plans(db, folder):
    (folder / "plans.csv").unlink()
    bring_in(folder)
    assert topics() == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Физика;5Б;1;Сила;;", "такой группы по этому предмету нет"),
        ("Математика;5Б;2;Ещё раз;;", "номер 2 уже есть в строке 3"),
        ("Математика;5Б;ноль;Тема;;", "«ноль» — не номер"),
        ("Математика;5Б;7;;;", "пусто"),
    ],
)
def test_a_wrong_line_is_told_and_nothing_comes_in(db, folder, line, says):
    path = folder / "plans.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        bring_in(folder)
    assert [p.file for p in refused.value.problems] == ["plans.csv"]
    assert says in str(refused.value.problems[0])
    assert topics() == []
