"""A site that shows every part of the kit, in each language; for tests alone."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from litestar import Litestar, Request, get
from litestar.config.compression import CompressionConfig
from litestar.exceptions import NotFoundException

from server.phrases import load_all_phrases
from server.web.assets import Assets, build_asset_route
from server.web.headers import add_security_headers
from server.web.languages import choose_language
from server.web.maps import Maps, Point, Shades, View, load_outlines
from server.web.render import Pages
from server.web.shell import Desk, Link, Portal

AT = int(datetime(2026, 11, 24, 9, 31, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
TOKEN = "t"

WORDS = {
    "title": ("Visites", "الزيارات"),
    "about": ("412 sur 7 jours", "412 في 7 أيام"),
    "export": ("Exporter", "تصدير"),
    "enrol": ("Enrôler une tablette", "تسجيل لوحة"),
    "saved": ("Enregistrée sur la tablette.", "حفظت على اللوحة."),
    "later": ("Elle partira dès qu'il y aura du réseau.", "سترسل عند توفر الشبكة."),
    "low": ("La banque demande une pièce", "البنك يطلب وثيقة"),
    "days": ("7 jours", "7 أيام"),
    "all": ("Toute la région", "الجهة كلها"),
    "flagged": ("Avec remarque", "مع ملاحظة"),
    "agents": ("Tous les agents", "كل الأعوان"),
    "when": ("Visite", "الزيارة"),
    "who": ("Personne ou entreprise", "الشخص أو المقاولة"),
    "where": ("Commune", "الجماعة"),
    "type": ("Aide à un service", "مواكبة خدمة"),
    "size": ("Place", "المساحة"),
    "remark": ("Remarque", "ملاحظة"),
    "state": ("État", "الحالة"),
    "shown": ("1 à 14, les plus récentes d'abord", "من 1 إلى 14، الأحدث أولا"),
    "silent": ("Tablettes silencieuses", "لوحات صامتة"),
    "waiting": ("Fiches encore sur tablette", "سجلات لم ترسل بعد"),
    "oldest": ("La plus ancienne", "أقدمها"),
    "age": ("depuis 9 jours", "منذ 9 أيام"),
    "coverage": ("Couverture rurale", "التغطية القروية"),
    "decide": ("À décider", "للبت فيها"),
    "conflict": ("Valeurs en désaccord", "قيم متعارضة"),
    "held": ("Changements gardés en attente", "تغييرات محفوظة في الانتظار"),
    "double": ("Doublons probables", "سجلات مكررة محتملة"),
    "why": ("deux personnes ont écrit le même champ", "شخصان كتبا الخانة نفسها"),
    "person": ("Lahcen Ait Ouhmane", "لحسن أيت أوحمان"),
    "done": ("Visites faites sur prévues", "الزيارات المنجزة من المبرمجة"),
    "weeks": ("Visites reçues par semaine", "الزيارات الواردة كل أسبوع"),
    "history": ("Qui a écrit quoi", "من كتب ماذا"),
    "received": ("Reçue, accusé signé", "وصلت، إشعار موقع"),
    "todo": ("Décision de la banque", "قرار البنك"),
    "relay": ("Relais actif", "نقطة نشيطة"),
    "nothing": ("Aucune visite prévue aujourd'hui", "لا زيارة مبرمجة اليوم"),
    "form": ("Continuer", "متابعة"),
    "digit": (
        "Il manque un chiffre : l'ICE en a 15, vous en avez 14.",
        "ينقص رقم واحد: التعريف الموحد من 15 رقما وكتبتم 14.",
    ),
    "phone": ("Téléphone", "الهاتف"),
    "readback": ("soit 2,40 hectares", "أي 2,40 هكتار"),
}
VISITS = [
    ("Fatima Ait El Haj", "فاطمة أيت الحاج", "Tiout", "received", "", 6_000),
    ("Zahra Oumouloud", "زهرة أومولود", "Askaouen", "held", "14 km", 310_000),
    ("Coopérative Tamounte", "تعاونية تامونت", "Arazane", "reviewed", "", 2_100_000_000),
    ("Rkia Id Belkacem", "رقية إد بلقاسم", "Tiout", "attention", "Photo", 6_000),
    ("Ali Oubrahim", "", "Igli", "ontablet", "", 80_000_000),
]
SHARES = (0.48, 0.62, 0.8, 0.91, 0.97, None)


def words(language):
    place = ("fr", "ar").index(language)
    return SimpleNamespace(**{name: pair[place] for name, pair in WORDS.items()})


def build_site():
    phrases = load_all_phrases()
    pages = Pages(phrases, Assets.load(), {"demo": Path(__file__).parent / "demo"})
    outlines = load_outlines()

    def language_of(request):
        accepted = request.headers.get("accept-language", "")
        return choose_language(request.query_params.get("lang"), None, accepted, phrases)

    @get("/desk", sync_to_thread=False)
    def desk(request: Request) -> object:
        language = language_of(request)
        maps, w = Maps(outlines, phrases[language]), words(language)
        values = {p.code: SHARES[n % 6] for n, p in enumerate(outlines.provinces)}
        shades = Shades(values, (0.6, 0.75, 0.85, 0.95))
        view = View(w.coverage, key="country", shades=shades, selected="09.541")
        points = [
            Point(
                30.4424, -8.7387, "visit", "تيوت" if language == "ar" else "Tiout", "#t", named=True
            ),
            Point(30.49, -9.1, "point", "Igli", "#i"),
            Point(30.2, -8.3, "stop", "Souk"),
            Point(30.6, -8.2, "place", "Commune"),
        ]
        visits = [
            {
                "at": AT - n * 5 * HOUR,
                "latin": latin,
                "arabic": arabic,
                "place": place,
                "type": w.type,
                "state": state,
                "flag": flag,
                "bytes": size,
                "phone": "+212661234578",
            }
            for n, (latin, arabic, place, state, flag, size) in enumerate(VISITS)
        ]
        counts = (212, 248, 231, 265, 290, 281, 304, 322, 296, 341, 358, 412)
        weeks = [(phrases[language].day(20695 + 7 * n, "short"), c) for n, c in enumerate(counts)]
        frame = Desk(
            address=f"/desk?page=2&lang={language}",
            here="visits",
            user_name=w.person,
            user_role="Souss-Massa",
            waiting={"reviews": 23, "devices": 3},
            csrf_token=TOKEN,
        )
        return pages.respond(
            "demo/desk.html",
            language,
            desk=frame,
            w=w,
            visits=visits,
            weeks=weeks,
            country=maps.country(view),
            region=maps.region("09", View(w.where, key="region", points=points, selected="09.541")),
            class_words=maps.class_words(shades.breaks),
            regions=[
                (r.code, r.name_ar if language == "ar" else r.name_fr) for r in outlines.regions
            ],
        )

    @get("/portal", sync_to_thread=False)
    def portal(request: Request) -> object:
        language = language_of(request)
        w = words(language)
        frame = Portal(
            address="/portal",
            bar_title=w.person,
            bar_code="D-2K9F-6T",
            back_url="/",
            csrf_token=TOKEN,
            menu=(Link(w.history, "#", "eye"),),
            sign_out_url="/out",
            languages=pages.others(language, "desk"),
        )
        return pages.respond("demo/portal.html", language, portal=frame, w=w)

    def missing(request: Request, _: NotFoundException) -> object:
        frame = Portal(address=request.url.path)
        return pages.respond(
            "problem.html", language_of(request), status=404, portal=frame, kind="missing", code=""
        )

    return Litestar(
        [desk, portal, build_asset_route(Assets.load())],
        before_send=[add_security_headers],
        exception_handlers={NotFoundException: missing},
        compression_config=CompressionConfig(backend="gzip", exclude="^/static/"),
        openapi_config=None,
    )
