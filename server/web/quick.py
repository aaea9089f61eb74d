"""Jinja made quicker for our pages: the same HTML from the same templates, for half the work.

A list is thousands of values and hundreds of macros. Of each Jinja asks whether it wants the
context, puts its arguments in their places itself, and makes a `Markup` that is only joined: for
templates that we do not have. Every one of ours is escaped, nothing that one calls takes a context,
and a macro is a function.

What is overridden is Jinja's own and may differ in its next version: `tests/server/web/
test_quick.py` compares both.
"""

from __future__ import annotations

from io import StringIO
from keyword import iskeyword
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef, optimizeconst
from markupsafe import Markup, escape
from markupsafe._speedups import _escape_inner

_OF_MAPPINGS = frozenset(dir(dict))
new = str.__new__
"""Makes a `Markup` of a text: called itself it first asks whether the text is one."""


def escaped(value: object) -> str:
    """Return a value as HTML, as `markupsafe.escape` does, but as a plain text: to be joined."""
    # Markup's own C, without the object that `escape` puts around what it returns.
    if type(value) is str:
        return _escape_inner(value)
    return value if type(value) is Markup else escape(value)


class _Code(CodeGenerator):
    """Writes a template's code, as Jinja does but for the names of the quicker parts."""

    # Jinja finds what writes a node by its name, and passes it what it passes its own.

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """Write a template: what all of ours use are names of its module."""
        self.writeline(f"from {__name__} import escaped, new")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if isinstance(node, nodes.CondExpr) and node.expr2 is None:
            node.expr2 = nodes.Const("")  # as what is not defined there is written
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")

    @optimizeconst
    def visit_Call(  # noqa: N802
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT002
    ) -> None:
        """Write a call as Python's own: what it is passed is written there, and nothing else."""
        self.visit(node.node, frame)
        self.write("(")
        kept, self.stream = self.stream, StringIO()
        try:
            self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
            given = self.stream.getvalue()
        finally:
            self.stream = kept
        self.write(given.removeprefix(", ") + ")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Write a macro as a function, whose arguments Python itself puts in their places."""
        names = [one.name for one in macro_ref.node.args]
        is_plain = not any(name == "caller" or iskeyword(name) for name in names)
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or not is_plain:
            super().macro_def(macro_ref, frame)
            return
        taken = [f"{name}=missing" for name in names]
        if macro_ref.accesses_caller:
            names.append("caller")
            taken.append("caller=environment.no_caller")
        # `macro` is the name of each in its turn: kept here as that of this one.
        self.write(
            f"(lambda macro: lambda {', '.join(taken)}: new(Markup, macro({', '.join(names)})))"
            "(macro)"
        )


class QuickEnvironment(Environment):
    """An environment whose templates all are HTML, and call nothing that takes a context."""

    code_generator_class = _Code

    def __init__(self, **settings: Any) -> None:
        """Take what `Environment` takes."""
        super().__init__(**settings)
        self.no_caller = self.undefined("No caller defined", name="caller")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` is in a template: of a mapping its value, at once."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_MAPPINGS:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)
