"""A handful of values for each kind of field, chosen to collide with one another.

Rules for merging and encoding look at one field at a time, so trying every combination of a few
awkward values proves more than any number of random ones.
"""

from __future__ import annotations

from sync.spec import Kind

BY_KIND = {
    Kind.KEY: [b"k" * 16],
    Kind.REF: [b"x" * 16, b"y" * 16],
    Kind.REFS: [(b"x" * 16,), (b"x" * 16, b"y" * 16)],
    Kind.TEXT: ["a", "b", "a\nb", "مرحبا"],
    Kind.CODE: ["a", "09.541.01.03"],
    Kind.CODES: [("a",), ("b",), ("a", "b")],
    Kind.INTEGER: [1, 2, 5],
    Kind.DECIMAL: [1, 3, 100, -8_730_000],
    Kind.FLAG: [False, True],
    Kind.DAY: [20_000, 20_001],
    Kind.MOMENT: [1_795_500_000_000, 1_795_500_000_001],
}


def few_values(field):
    """Return a few values of a field, None among them where it may be."""
    if field.kind is Kind.CHOICE:
        some = [*field.choices[:3], "unheard_of"]
    elif field.kind is Kind.CHOICES:
        some = [field.choices[:1], tuple(sorted(field.choices[:2])), ("unheard_of",)]
    else:
        some = BY_KIND[field.kind]
    return some if field.required else [None, *some]
