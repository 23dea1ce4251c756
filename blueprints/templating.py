"""How templates become Python: by Jinja's compiler, with shortcuts where a page of many lines
spends its time: a week is made a tenth faster (docs/decisions/0024)."""

from collections.abc import MutableMapping
from keyword import iskeyword
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

# What escape() does before it wraps the text; it has no public name.
from markupsafe import _escape_inner as escaped  # type: ignore[attr-defined]


def printed(value: Any) -> str:
    """A value as text of HTML: escape() without a Markup around it, since what is printed goes
    into the page at once."""
    if hasattr(value, "__html__"):
        html: str = value.__html__()
        return html
    return str(escaped(str(value)))


class _Compiler(CodeGenerator):
    #: What `is defined` asks about.
    _may_be_missing: nodes.Node | None = None

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        self.writeline(f"from {__name__} import escaped, printed")
        super().visit_Template(node, frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """`lesson.topic` is that attribute and nothing else. Jinja's own way costs a call, looks
        for a key too, and prints nothing in the end, so that nobody sees a name mistyped."""
        if iskeyword(node.attr) or node is self._may_be_missing:
            super().visit_Getattr(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: N802
        if node.name in ("defined", "undefined"):
            self._may_be_missing = node.node
        super().visit_Test(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if self._escapes(frame, finalize):
            self.write("(escaped(_value) if type(_value := ")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if self._escapes(frame, finalize):
            self.write(") is str else printed(_value))")
        else:
            super()._output_child_post(node, frame, finalize)

    @staticmethod
    def _escapes(frame: Frame, finalize: Any) -> bool:
        """Whether what is printed is known to be escaped when the template is compiled."""
        known = frame.eval_ctx.autoescape and not frame.eval_ctx.volatile
        return bool(known and finalize.src is None)


class TemplateEnvironment(Environment):
    """Flask's, with the compiler above."""

    code_generator_class = _Compiler

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """No template has globals of its own: a ChainMap of two would be walked name by name
        for every page and every import of macros."""
        return super().make_globals(d) if d else self.globals
