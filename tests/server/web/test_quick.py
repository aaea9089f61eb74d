"""The quicker Jinja writes what Jinja itself writes, and refuses what it refuses."""

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from server.web.quick import QuickEnvironment, escaped

KIT = """
{% macro cell(kind, content="", url="", label="", tone="") -%}
<td class="{{ kind }}{{ " tone-" ~ tone if tone }}">
{% if url %}<a href="{{ url }}">{{ content }}</a>{% else %}{{ content }}{% endif %}{{ label }}</td>
{%- endmacro %}
{% macro row(selected=false) -%}
<tr{% if selected %} class="on"{% endif %}>{{ caller() }}</tr>{%- endmacro %}
{% macro each(items) -%}
{% for one in items %}{{ caller(one) }}{% else %}-{% endfor %}{%- endmacro %}
{% macro maybe(more) -%}
{{ "given" if more is defined else "none" }}
{% if caller is defined %}{{ caller() }}{% endif %}{%- endmacro %}
{% macro many() -%}{{ varargs | join("+") }}{{ kwargs.get("sign", "") }}{%- endmacro %}
{% macro twice(part) -%}{{ cell("x", part) }}{{ part ~ "<" }}{%- endmacro %}
"""
PIECES = {
    "text": "{{ text }}",
    "markup": "{{ safe }}{{ safe | upper }}",
    "number": "{{ 12 }}{{ none }}{{ true }}{{ 1.5 }}{{ [text] }}",
    "object": "{{ thing }}{{ html }}",
    "by place": "{{ kit.cell('a', text) }}",
    "by name": "{{ kit.cell('a', url=text, tone='b', label=safe) }}",
    "none given": "{{ kit.cell('a') }}",
    "all given": "{{ kit.cell('a', text, text, text, text) }}",
    "call": "{% call kit.row() %}{{ kit.cell('a', safe) }}{{ text }}{% endcall %}",
    "call with": "{% call kit.row(selected=true) %}{% endcall %}",
    "each": "{% call(one) kit.each(rows) %}{{ one.name }}{{ one['items'] }}{% endcall %}",
    "nobody": "{% call(one) kit.each([]) %}{{ one }}{% endcall %}",
    "maybe": "{{ kit.maybe() }}{{ kit.maybe(1) }}{% call kit.maybe(2) %}{{ text }}{% endcall %}",
    "many": "{{ kit.many(text, safe, sign=text) }}",
    "nested": "{{ kit.twice(text) }}{{ kit.twice(safe) }}",
    "inline if": "[{{ text if 0 }}{{ text if 1 }}{{ 'a' ~ (text if 0) }}]",
    "set": "{% set part %}{{ text }}<i>{% endset %}{{ part }}{{ kit.cell('a', part) }}",
    "loop": "{% for row in rows %}{{ loop.index }}{{ kit.cell('l', row.name) }}{% endfor %}",
    "of a mapping": "{% for k, v in rows[0].items() %}{{ k }}{{ v }}{% endfor %}",
    "asked of one": "{{ rows[0].get('x', 'y') }}{{ rows[0].name }}",
    "own macro": "{% macro own(a) %}{{ a }}{{ text }}{% endmacro %}{{ own(1) }}{{ own(a=safe) }}",
    "filters": "{{ text | replace('<', '[') | e }}{{ rows | map(attribute='name') | join(', ') }}",
    "function": "{{ called(text, by=safe) }}{{ range(3) | list }}",
}
WRONG = {
    "unknown argument": "{{ kit.cell('a', colour='red') }}",
    "too many": "{{ kit.cell('a', 'b', 'c', 'd', 'e', 'f') }}",
    "twice": "{{ kit.cell('a', kind='b') }}",
    "no caller": "{{ kit.row() }}",
    "lacking": "{{ kit.cell() }}",
    "undefined": "{{ nothing }}",
    "of undefined": "{{ rows[0].nothing }}",
    "called undefined": "{{ nothing() }}",
}


class Thing:
    def __str__(self):
        return "<thing & other>"


class Html:
    def __html__(self):
        return "<hr>"


VALUES = {
    "text": '<b>L\'été & "lui"</b>',
    "safe": Markup("<i>&amp;</i>"),
    "thing": Thing(),
    "html": Html(),
    "rows": [{"name": "<un>", "items": "2"}, {"name": Markup("<u>")}],
    "called": lambda text, by: f"{text}{by}",
}


def draw(kind, piece):
    page = "{% extends 'base' %}{% import 'kit' as kit %}{% block content %}"
    page += piece + "{% endblock %}"
    loader = DictLoader(
        {"kit": KIT, "base": "<p>{% block content %}{% endblock %}</p>", "page": page}
    )
    environment = kind(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("page").render(**VALUES)


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_a_template_is_written_as_jinja_writes_it(piece):
    assert draw(QuickEnvironment, piece) == draw(Environment, piece)


@pytest.mark.parametrize("piece", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_as_jinja_refuses_it(piece):
    with pytest.raises((TypeError, UndefinedError)) as own:
        draw(QuickEnvironment, piece)
    with pytest.raises((TypeError, UndefinedError)) as theirs:
        draw(Environment, piece)
    assert own.type is theirs.type
    # Of arguments that a macro does not take Python speaks, not Jinja.
    assert own.type is TypeError or str(own.value) == str(theirs.value)


def test_what_people_wrote_is_escaped_once():
    assert escaped("<&>'\"") == "&lt;&amp;&gt;&#39;&#34;"
    assert escaped(Markup("<b>")) == "<b>"
    assert escaped(Thing()) == "&lt;thing &amp; other&gt;"
    assert escaped(Html()) == "<hr>"
