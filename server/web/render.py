"""Make pages: one template environment for each language, with its words and its writing.

A template says `{{ say("visits.title") }}`, `{{ visit.began_at | moment("digits") }}`; it never
joins pieces of sentences. What is missing stops the page (`StrictUndefined`), what comes from
people is escaped. The templates of a feature are named by it: `visits/list.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import MediaType, Response
from markupsafe import Markup

from server.phrases import OFFERED, SPOKEN
from server.web.assets import Assets
from server.web.charts import Charts
from server.web.icons import BRAND, Icons, load_glyphs, three_points
from server.web.languages import in_language
from server.web.quick import QuickEnvironment, escaped
from sync import local_time
from sync.entities.forms import FORMS
from sync.languages import FALLBACK, Language
from sync.phrases import DayStyle, MomentStyle, Phrases, has_arabic, phone_digits

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """The pages of the server, in every language. One for the whole process; holds no request."""

    def __init__(
        self,
        phrases: Mapping[str, Phrases],
        assets: Assets,
        features: Mapping[str, Path] | None = None,
    ) -> None:
        """Prepare an environment for each language.

        Args:
            phrases: by code of language.
            features: the folder of templates of each feature, by its name.
        """
        folders = {name: FileSystemLoader(folder) for name, folder in (features or {}).items()}
        loader = ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader(folders)])
        self._phrases = phrases
        self._environments = {
            code: _environment(spoken, phrases, assets, loader) for code, spoken in phrases.items()
        }

    def phrases(self, language: str) -> Phrases:
        """Return the words of a language, for what a page computes before it is drawn."""
        return self._phrases[language]

    def languages(self, of: str = "") -> tuple[str, ...]:
        """Return the codes of the languages that pages can be read in.

        Args:
            of: a template, or its feature: `desk`, `public`; any other is of the portal.
        """
        feature = of.partition("/")[0]
        return {"desk": SPOKEN, "public": tuple(self._phrases)}.get(feature, OFFERED)

    def others(self, language: str, of: str = "") -> tuple[Language, ...]:
        """Return the languages that a page in one of them offers beside it."""
        every = self.languages(of)
        return tuple(self._phrases[one].language for one in every if one != language)

    def render(self, template: str, language: str, **values: object) -> str:
        """Return a page as HTML."""
        return self._environments[language].get_template(template).render(**values)

    def respond(
        self, template: str, language: str, *, status: int = 200, **values: object
    ) -> Response[str]:
        """Return a page as an answer that no cache keeps: it may show somebody's records."""
        headers = {"cache-control": "no-store", "content-language": language}
        page = self.render(template, language, **values)
        return Response(page, media_type=MediaType.HTML, status_code=status, headers=headers)


def _environment(
    phrases: Phrases, every: Mapping[str, Phrases], assets: Assets, loader: ChoiceLoader
) -> Environment:
    environment = QuickEnvironment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    writing = Writing(phrases)
    icons = Icons(phrases.language.direction, load_glyphs())
    charts = Charts(phrases)
    environment.globals |= {
        "phrases": phrases,
        "say": phrases.say,
        "count": phrases.count,
        "language": phrases.language,
        "form_of": FORMS,
        "other_languages": [every[code].language for code in SPOKEN if every[code] is not phrases],
        "tell": writing.tell,
        "called": writing.called,
        "in_language": in_language,
        "asset": assets.url,
        "brand_mark": BRAND,
        "icon": icons.icon,
        "state_sign": icons.state_sign,
        "three_points": three_points,
        "names": writing.names,
        "bullet_chart": charts.bullets,
        "bar_chart": charts.bars,
        "line_chart": charts.line,
    }
    environment.filters |= {
        "day": writing.day,
        "moment": writing.moment,
        "day_of_moment": writing.day_of_moment,
        "time": phrases.time,
        "number": phrases.number,
        "scaled": phrases.scaled,
        "percent": phrases.percent,
        "bytes": phrases.bytes,
        "phone": writing.phone,
        "phone_link": writing.phone_link,
        "code": writing.code,
        "script": writing.script,
    }
    return environment


class Writing:
    """Values as HTML, for one reader: what runs from left to right is kept so."""

    def __init__(self, phrases: Phrases) -> None:
        """Take the reader's words."""
        self._phrases = phrases

    def tell(self, code: str, **values: object) -> str | Markup:
        """Return the words for a code as `Phrases.say`; those lent are marked as their language."""
        words = self._phrases.say(code, **values)
        return self._lent(words) if code in self._phrases.lent else words

    def called(self, names: Mapping[str, str]) -> str | Markup:
        """Return a name that data have, by language; one lent is marked as its language."""
        own = names.get(self._phrases.language.code)
        return own or self._lent(names[self._lender])

    @property
    def _lender(self) -> str:
        return FALLBACK[self._phrases.language.code]

    def _lent(self, words: str) -> Markup:
        return _html(f'<span lang="{self._lender}">{escaped(words)}</span>')

    def day(self, day: int | None, style: DayStyle = "long") -> str | Markup:
        """Return a day; see `Phrases.day`. What is not known is empty: a page shows the rest."""
        if day is None:
            return ""
        written = self._phrases.day(day, style)
        return _left_to_right(written) if style == "digits" else written

    def day_of_moment(self, at: int) -> str:
        """Return the day of a moment, after its weekday."""
        return self._phrases.day(local_time.day_of(at), "weekday")

    def moment(self, at: int | None, style: MomentStyle = "long") -> str | Markup:
        """Return a moment; see `Phrases.moment`. What is not known is empty, as of a day."""
        if at is None:
            return ""
        written = self._phrases.moment(at, style)
        return _left_to_right(written) if style == "digits" else written

    def phone(self, number: str) -> Markup:
        """Return a phone in the national grouping."""
        return _left_to_right(phone_digits(number))

    def phone_link(self, number: str) -> Markup:
        """Return a phone one can call by touching it."""
        return _html(f'<a href="tel:{escaped(number)}">{self.phone(number)}</a>')

    def code(self, code: str) -> Markup:
        """Return a code, an identifier or a version."""
        return _left_to_right(code)

    def script(self, text: str) -> Markup:
        """Return a text somebody wrote, in its own direction and language."""
        if has_arabic(text):
            return _html(f'<bdi lang="ar" dir="rtl">{escaped(text)}</bdi>')
        return _html(f"<bdi>{escaped(text)}</bdi>")

    def names(self, latin: str, arabic: str) -> Markup:
        """Return a name in the reader's script, bold, and muted in the other, if both are known."""
        in_latin = f'<bdi lang="fr" dir="ltr">{escaped(latin)}</bdi>' if latin else ""
        in_arabic = f'<bdi lang="ar" dir="rtl">{escaped(arabic)}</bdi>' if arabic else ""
        first, second = in_latin, in_arabic
        if self._phrases.language.direction == "rtl":
            first, second = second, first
        if not first or not second:
            return _html(f"<b>{first or second}</b>")
        return _html(f'<b>{first}</b> <span class="muted other-name">{second}</span>')


def _left_to_right(text: str) -> Markup:
    bare = text.strip("\u2066\u2069")
    return _html(f'<bdi dir="ltr" class="n">{escaped(bare)}</bdi>')


def _html(text: str) -> Markup:
    """Return what is HTML already. Not `Markup.format`: it takes as long as a whole macro."""
    return Markup(text)  # noqa: S704 - whoever calls has escaped what comes from people
