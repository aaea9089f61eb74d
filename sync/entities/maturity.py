"""How far someone has come with digital means: answers, scores and the actions agreed.

The questions and the rule of the scores are `sync.rules.maturity`. The answers are kept as they
were given, with the version of the form: only answers to one version are compared.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NOTE_CHARS_MAX
from sync.spec import Entity, Merge, Scope, ScopeKind, choice, code, codes, integer, key, ref, text

LEVELS = ("not_started", "beginner", "developing", "practising", "advanced")

MATURITY_ASSESSMENT = Entity(
    "maturity_assessment",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("person_id", "person", fixed=True),
        ref("enterprise_id", "enterprise", fixed=True),
        ref("visit_id", "visit", fixed=True),
        choice("form", "enterprise", "farmer", fixed=True),
        code("form_version", fixed=True),
        codes("answers", fixed=True),  # of item and step: A1:3
        integer("access_percent", high=100, fixed=True),
        integer("skills_percent", high=100, fixed=True),
        integer("admin_percent", high=100, fixed=True),
        integer("production_percent", high=100, fixed=True),
        integer("market_percent", high=100, fixed=True),
        integer("total_percent", high=100, fixed=True),
        choice("level", *LEVELS, fixed=True),
        codes("actions"),  # items of the form that were agreed to be worked on
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
    since=2,
)
