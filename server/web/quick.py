"""Jinja made quicker for our pages: the same HTML from the same templates, for half the work.

A list is thousands of values and hundreds of macros. Of each Jinja asks whether it wants the
context, and makes a `Markup` that is only joined: for templates that we do not have. Every one of
ours is escaped, and nothing that one calls takes a context.

What is overridden is Jinja's own and may differ in its next version: `tests/server/web/
test_quick.py` compares both.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape
from markupsafe._speedups import _escape_inner

_OF_MAPPINGS = frozenset(dir(dict))


def escaped(value: object) -> str:
    """Return a value as HTML, as `markupsafe.escape` does, but as a plain text: to be joined."""
    # Markup's own C, without the object that `escape` puts around what it returns.
    if type(value) is str:
        return _escape_inner(value)
    return value if type(value) is Markup else escape(value)


class _Macro(Macro):
    """A macro, called without detours where all that it takes is given by place or by name."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Return its HTML."""
        rest = self.arguments[len(arguments) :]
        if self.caller or self.catch_kwargs or self.catch_varargs or len(rest) < len(named):
            return super().__call__(*arguments, **named)
        found = [named.get(name, missing) for name in rest]
        if len(named) + found.count(missing) != len(rest) or len(arguments) > self._argument_count:
            return super().__call__(*arguments, **named)  # which says what is wrong
        # `Markup(…)` first asks its text whether it is one.
        return str.__new__(Markup, self._func(*arguments, *found))


class _Context(Context):
    """Calls what a template names, and passes it nothing but what is written there."""

    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call it."""
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*arguments, **named)


class _Code(CodeGenerator):
    """Writes a template's code, as Jinja does but for the names of the quicker parts."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if isinstance(node, nodes.CondExpr) and node.expr2 is None:
            node.expr2 = nodes.Const("")  # as what is not defined there is written
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Write that a macro is one of ours."""
        self.write("environment.macro_of(")
        super().macro_def(macro_ref, frame)
        self.write(")")


class QuickEnvironment(Environment):
    """An environment whose templates all are HTML, and call nothing that takes a context."""

    code_generator_class = _Code
    context_class = _Context
    escaped = staticmethod(escaped)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` is in a template: of a mapping its value, at once."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_MAPPINGS:
            return obj[attribute]
        return super().getattr(obj, attribute)

    @staticmethod
    def macro_of(macro: Macro) -> Macro:
        """Return a macro as one of ours."""
        macro.__class__ = _Macro
        return macro
