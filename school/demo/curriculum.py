"""Which subjects a grade has, how many hours a week, and who teaches them."""

#: Hours a week of grades 1 to 11.
HOURS = {
    "Русский язык": (5, 5, 5, 5, 5, 6, 4, 3, 3, 3, 3),
    "Литературное чтение": (4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0),
    "Литература": (0, 0, 0, 0, 3, 3, 2, 2, 3, 3, 3),
    "Английский язык": (0, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3),
    "Математика": (4, 4, 4, 4, 5, 5, 0, 0, 0, 0, 0),
    "Алгебра": (0, 0, 0, 0, 0, 0, 3, 3, 3, 4, 4),
    "Геометрия": (0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2),
    "Информатика": (0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2),
    "Окружающий мир": (2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0),
    "История": (0, 0, 0, 0, 3, 3, 2, 2, 2, 2, 2),
    # Grades 10 and 11 have it in streams.
    "Обществознание": (0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0),
    "География": (0, 0, 0, 0, 1, 1, 2, 2, 2, 1, 1),
    "Биология": (0, 0, 0, 0, 1, 1, 2, 2, 2, 1, 1),
    "Физика": (0, 0, 0, 0, 0, 0, 2, 2, 3, 2, 2),
    "Химия": (0, 0, 0, 0, 0, 0, 0, 2, 2, 1, 1),
    "Музыка": (1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0),
    "Изобразительное искусство": (1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
    "Труд (технология)": (1, 1, 1, 1, 2, 2, 2, 1, 1, 0, 0),
    "Физическая культура": (2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3),
    "Основы безопасности и защиты Родины": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1),
}

#: The subject held in streams of grades 10 and 11, and its hours a week.
STREAM_SUBJECT = "Обществознание"
STREAM_GRADES = (10, 11)
PROFILE_HOURS, BASE_HOURS = 4, 2

#: What a pupil on an individual plan has with a teacher of their own.
INDIVIDUAL_GRADE = 8
INDIVIDUAL_SUBJECTS = ("Русский язык", "Алгебра")

#: Passed or not passed instead of marks.
PASS_SUBJECTS = {"Музыка": (3, 7)}

#: Subjects without notebooks and homework in writing.
PRACTICAL = (
    "Музыка",
    "Изобразительное искусство",
    "Труд (технология)",
    "Физическая культура",
)

#: The last grade without marks.
LAST_WITHOUT_MARKS = 1

PRIMARY = "Начальные классы"
SPECIALTIES = {
    "Русский язык и литература": ("Русский язык", "Литература"),
    "Английский язык": ("Английский язык",),
    "Математика": ("Математика", "Алгебра", "Геометрия"),
    "Физика и информатика": ("Физика", "Информатика"),
    "История и обществознание": ("История", "Обществознание"),
    "География и ОБЗР": ("География", "Основы безопасности и защиты Родины"),
    "Биология и химия": ("Биология", "Химия"),
    "Музыка и ИЗО": ("Музыка", "Изобразительное искусство"),
    "Труд": ("Труд (технология)",),
    "Физическая культура": ("Физическая культура",),
}
#: Specialties whose registers hold little but marks.
WITHOUT_NOTEBOOKS = ("Музыка и ИЗО", "Труд", "Физическая культура")
#: What primary pupils have with somebody else than the teacher of their class.
NOT_PRIMARY = ("Английский язык", "Музыка", "Физическая культура")

_BY_SUBJECT = {
    subject: specialty for specialty, subjects in SPECIALTIES.items() for subject in subjects
}


def subjects_of(grade: int) -> list[tuple[str, int]]:
    """The subjects of a grade's class with their hours a week."""
    return [(name, hours[grade - 1]) for name, hours in HOURS.items() if hours[grade - 1]]


def specialty_of(subject: str, grade: int) -> str:
    if grade <= 4 and subject not in NOT_PRIMARY:
        return PRIMARY
    return _BY_SUBJECT[subject]


def marking_of(subject: str, grade: int) -> str:
    if grade <= LAST_WITHOUT_MARKS:
        return "none"
    return "pass" if grade in PASS_SUBJECTS.get(subject, ()) else "five"
