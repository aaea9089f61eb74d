"""Whoever reads is addressed in the plural of politeness, in Arabic as by the French *vous*.

Arabic without vowels shows who is meant by pronouns at the end of words, commands and few verbs.
"""

import json
import re
from pathlib import Path

import pytest

from server.phrases import load_phrases

ROOT = Path(__file__).parents[2]
LETTER = "[ء-ْ]"
OWN_LAST_LETTER = (
    "ذلك|بذلك|كذلك|تلك|ذاك|هناك|وهناك|البنك|بنك|للبنك|الشباك|شباك|الاشتراك|شريك|بشريك|متروك"
    "|ترك|وترك|يترك|يشارك|ملك|مسك|ك"
)
"""Words that end so and speak to nobody; the letter alone is that of kilobytes."""
COMMANDS = (
    "ابحث|ابدأ|اترك|اتصل|احتفظ|احذف|احفظ|احمل|اختر|اختصر|ادخل|اذكر|اذهب|ارجع|ارفض|ارفع|اسأل|"
    "اسحب|استعمل|استمع|اسمح|اشحن|اضبط|اطبع|اطلب|اعرض|اعمل|افتح|اقبل|اقترب|اقترح|اقرأ|اكتب|"
    "التقط|المس|املأ|انتظر|انسخ|انشر|انظر|انقل|أبق|أجب|أخبر|أدخل|أر|أرسل|أزل|أضف|أطل|أظهر|أعد|"
    "أعط|أغلق|أنشئ|أوقف|تابع|تحقق|توصل|جرب|حاول|حدد|حرر|حين|راجع|زامن|سلم|شغل|صحح|صغر|ضع|عد|"
    "غادر|قرر|قل|قم|وسع"
)
"""Those to one man, as they are written with no vowels."""
ALSO_NOUNS = ("سجل", "صور")
"""Commands only where a sentence begins with them."""
TO_ONE = "أنت|كنت|وكتبت|كتبته|تريد|توافق|تجد|تجده|لا تكتب|لا تعط|لا تعطه|لا تشتر"
"""Pronouns and verbs of these texts that nobody but their reader does."""
OF_OTHERS = re.compile(
    "سجل (?:واحد|الاطلاع|البطاقة|دمج|صوت|في|{name})|صور وتسجيلات|وضع|حين (?:يصل|تكتمل)|ما عده"
    "|تابع\\(ت\\)|توصل به|أدخل (?:في|هذا)|عما أدخله|أرسل (?:إلى|ليس|يبقى|{sent})"
    "|استعمل هذا الرمز على|أغلق (?:الملف|التطبيق أو قفل)|سلم الطلب\\.|(?:من|أجل) حدد|وقرر وأمر"
    "|^(?:قرر|تحقق|غادر|أدخله)$"
)
"""Where such a word is a noun, or is said of what somebody else did."""
ONE_MAN = re.compile(
    f"(?<!{LETTER})(?:[وف]?(?:{COMMANDS})(?:هما|هم|ها|ه)?|{LETTER}*ك)(?!{LETTER})"
    f"|(?:^|[.:؛؟!] )(?:{'|'.join(ALSO_NOUNS)})(?!{LETTER})"
    f"|(?<!{LETTER})(?:{TO_ONE})(?!{LETTER})"
)
TU = re.compile(r"(?i)(?<![\w’'])(?:tu|te|toi|ton|ta|tes)(?!\w| We)|(?<!\w)t[’'](?=\w)")


def to_one_man(text):
    """Return the words of an Arabic text that speak to one man."""
    plain = OF_OTHERS.sub("", re.sub("[ِّ]", "", text))
    return [found for found in ONE_MAN.findall(plain) if not re.fullmatch(OWN_LAST_LETTER, found)]


def texts(language):
    """Return where each text stands, and the text: of all catalogues, services and guides."""
    for code, message in load_phrases(language).messages.items():
        for form in message if isinstance(message, tuple) else (message,):
            yield code, form
    for path in sorted((ROOT / "server" / "services" / "catalogue").glob("*.json")):
        edition = json.loads(path.read_text(encoding="utf-8"))
        yield from ((path.name, edition[part][language]) for part in ("name", "about"))
        yield from ((path.name, one["title"][language]) for one in edition.get("eligibility", ()))
    for path in sorted((ROOT / "docs" / "guides").glob(f"*.{language}.md")):
        yield from ((path.name, line) for line in path.read_text(encoding="utf-8").splitlines())


def test_arabic_speaks_to_every_reader_in_the_plural():
    assert [(where, found) for where, text in texts("ar") if (found := to_one_man(text))] == []


def test_french_says_vous():
    assert [(where, text) for where, text in texts("fr") if TU.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "اختر الخدمة",
        "لم يضع شيء؛ وأعد المحاولة.",
        "سجّل الدخول",
        "الملف ناقص. املأه.",
        "يتصل بك عون من جماعتك",
        "ماذا تريد أن تطلبوا؟",
        "لا تعطه لأحد.",
        "من أنت؟",
    ],
)
def test_what_speaks_to_one_man_is_found(text):
    assert to_one_man(text)
