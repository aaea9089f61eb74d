"""What the living part of the pilot says: tasks, returns, incidents, trainings, in both scripts."""

from __future__ import annotations

from typing import NamedTuple

from server.pilot.words import Pair
from sync.spec import Values

TASKS: tuple[tuple[str, Pair], ...] = (
    ("follow_up", ("التأكد من وصول أول تحويل", "Vérifier l'arrivée du premier virement")),
    ("missing_piece", ("إحضار عقد الكراء", "Récupérer le contrat de bail")),
    (
        "call_back",
        ("الاتصال بعد السوق لتحديد الموعد", "Rappeler après le souk pour le rendez-vous"),
    ),
    ("verification", ("قياس المساحة المسقية من جديد", "Mesurer de nouveau la surface irriguée")),
    ("complaint", ("متابعة شكاية حول تأخر البطاقة", "Suivre la plainte sur le retard de la carte")),
    ("follow_up", ("مرافقة أول طلب عبر الهاتف", "Accompagner la première demande par téléphone")),
)


class Return(NamedTuple):
    """Of a visit that the office returns: what it had said, and what it says when corrected."""

    field: str
    question: str
    reason: str
    said: Values
    mended: Values


RETURNS = (
    Return(
        "notes", "Quelle pièce manque exactement ? La note ne le dit pas.",
        "Pièce précisée après appel au bénéficiaire.",
        {"type": "documents", "notes": "Il manque une pièce, à voir."},
        {"notes": "Il manque la copie de la CNIE, promise pour jeudi."},
    ),
    Return(
        "needs", "المرجو تحديد الحاجة المستعجلة: الماء أم المضخة؟",
        "صححت الحاجة بعد مراجعة المستفيد.",
        {"type": "needs", "needs": ("equipment", "water"), "notes": "الأولوية للماء وإصلاح المضخة."},
        {"urgent_needs": ("water",)},
    ),
    Return(
        "satisfaction", "Satisfaction 1 sur 5 alors que tout est fait : erreur de saisie ?",
        "Erreur de saisie corrigée.",
        {
            "type": "support",
            "satisfaction": 1,
            "notes": "Téléphone réglé, mot de passe changé par lui-même.",
        },
        {"satisfaction": 4},
    ),
    Return(
        "outcome", "النتيجة «أنجزت» والملاحظة تقول إن المستفيد غائب. أيهما الصحيح؟",
        "كان غائبا فعلا، صححت النتيجة.",
        {"type": "follow_up", "notes": "لم نجده في البيت، أخبرنا الجيران بموعد جديد."},
        {"outcome": "absent"},
    ),
    Return(
        "notes", "« Problème réglé » : quel problème, et par qui ?",
        "Note complétée.",
        {"type": "support", "notes": "Problème réglé."},
        {"notes": "Application bancaire réinstallée avec lui, premier virement fait."},
    ),
    Return(
        "present_total", "كم عدد الحاضرات؟ المجموع لا يطابق الصورة.",
        "أعدت العد من لائحة الحضور.",
        {"type": "training", "present_total": 2, "present_women": 2},
        {"present_total": 6, "present_women": 5},
    ),
)  # fmt: skip
ACTIONS: tuple[Pair, ...] = (
    ("العودة بالوثائق الناقصة", "Revenir avec les pièces manquantes"),
    ("التأكد من تفعيل الخدمة", "Vérifier que le service est actif"),
    ("تحديد موعد التكوين", "Fixer la date de formation"),
)
INCIDENTS: tuple[tuple[str, str, Pair, Pair], ...] = (
    (
        "power",
        "medium",
        ("انقطاع الكهرباء منذ الصباح", "Coupure de courant depuis le matin"),
        ("عاصفة", "Orage"),
    ),
    ("network", "low", ("الشبكة ضعيفة داخل القاعة", "Réseau faible dans la salle"), ("", "")),
    (
        "equipment",
        "high",
        ("الطابعة لا تطبع الوصولات", "L'imprimante n'imprime plus les récépissés"),
        ("", ""),
    ),
    ("safety", "medium", ("مدخل غير مضاء مساء", "Entrée non éclairée le soir"), ("", "")),
)
SESSIONS: tuple[tuple[str, Pair], ...] = (
    ("digital_skills", ("أول خطوات على الهاتف الذكي", "Premiers pas sur le smartphone")),
    ("mobile_payment", ("الأداء بالهاتف في السوق", "Payer par téléphone au souk")),
    ("fraud", ("كيف نتجنب الاحتيال بالرسائل", "Éviter les arnaques par message")),
)
MISSED: dict[str, tuple[Pair, ...]] = {
    "absent": (
        ("لم نجده في البيت، أخبرنا الجيران بموعد جديد.", "Absent ; nouveau rendez-vous laissé aux voisins."),
        ("ذهب إلى السوق، نعود يوم الاثنين.", "Parti au souk, on repasse lundi."),
    ),
    "refused": (("لا يرغب في المشاركة حاليا.", "Ne souhaite pas participer pour l'instant."),),
    "postponed": (("طلب التأجيل إلى ما بعد الجني.", "Demande de reporter après la récolte."),),
    "unreachable": (("المسلك مقطوع بسبب الأمطار.", "Piste coupée par la pluie."),),
    "ineligible": (("لا يستوفي شروط الخدمة، شرحنا له البديل.", "Ne remplit pas les conditions ; autre solution expliquée."),),
    "duplicate": (("زيارة مسجلة مرتين.", "Visite saisie deux fois."),),
}  # fmt: skip
"""Notes of visits at which nothing was done, by outcome."""
PHOTOS: dict[str, tuple[Pair, ...]] = {
    "site": (("ضيعة الأركان", "Le verger d'arganiers"), ("بستان الزيتون", "L'oliveraie"), ("الحقل بعد السقي", "La parcelle après arrosage")),
    "product": (("صناديق الجني", "Caisses de la récolte"), ("إنتاج الأسبوع", "Production de la semaine")),
    "evidence": (("وصل الإيداع", "Récépissé de dépôt"),),
}  # fmt: skip
DISMISSED = ("الزيارة مسجلة من قبل زميل.", "Visite déjà saisie par un collègue.")
