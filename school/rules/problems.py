"""What is wrong with a form, as a rule says it."""


class FieldProblems(ValueError):
    """What was typed cannot stand: field of the form → sentence, in Russian."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems
