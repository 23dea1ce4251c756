"""The rooms of the house, where import-linter does not look: app.py, tasks.py, rules/."""

import ast
import sys

import pytest

from tests.house.files import ROOT, list_files, name_of


def imports(source: str) -> set[str]:
    """Full names of the modules that a source imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used here"
            found.add(node.module or "")
    return found


def imports_of(name: str) -> set[str]:
    return imports((ROOT / name).read_text(encoding="utf-8"))


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("place", ["app.py", "tasks.py", "requirements.txt"])
def test_a_file_of_the_top_level_is_there(place):
    assert (ROOT / place).is_file()


@pytest.mark.parametrize("place", ["blueprints", "templates", "static", "tests", "school"])
def test_a_room_of_the_top_level_is_there(place):
    assert (ROOT / place).is_dir()


def test_rules_import_only_the_standard_library_and_each_other():
    allowed = sys.stdlib_module_names
    files = list(list_files("school/rules"))
    assert files
    for path in files:
        strangers = {
            module
            for module in imports(path.read_text(encoding="utf-8"))
            if module.partition(".")[0] not in allowed and not module.startswith("school.rules")
        }
        assert not strangers, f"{name_of(path)}: {strangers}"


def test_rules_and_queries_do_not_ask_the_clock():
    """`today` and `now` are arguments of rules; only clock.py asks the machine."""
    for path in list_files("school", "blueprints", "tasks.py", "app.py"):
        if path.suffix != ".py" or name_of(path) == "school/clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asks = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and (ast.unparse(node.func).removeprefix("datetime."))
                in ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time")
            )
            assert not asks, f"{name_of(path)}:{node.lineno} asks the clock"


def test_tasks_call_school_and_never_pages():
    assert not roots(imports_of("tasks.py")) & {"app", "blueprints", "flask", "htmx_flask"}


def test_the_front_door_does_not_start_the_worker():
    """The queue is opened where it is needed, not by every page server."""
    assert "tasks" not in roots(imports_of("app.py"))


def test_only_the_front_door_and_responses_know_htmx_flask():
    knowing = {
        name_of(path)
        for path in list_files("app.py", "tasks.py", "blueprints", "school", "migrations")
        if path.suffix == ".py" and "htmx_flask" in roots(imports(path.read_text(encoding="utf-8")))
    }
    assert knowing <= {"app.py", "blueprints/responses.py"}


def test_pdfkit_is_known_to_printing_alone():
    knowing = {
        name_of(path)
        for path in list_files("app.py", "tasks.py", "blueprints", "school")
        if path.suffix == ".py" and "pdfkit" in roots(imports(path.read_text(encoding="utf-8")))
    }
    assert knowing <= {"school/printing.py"}


def test_the_reader_of_imports_sees_those_inside_functions():
    assert imports("def f():\n    from a.b import c\n    import d.e") == {"a.b", "d.e"}
