"""Words that say what something is, not which: forms of enterprises, products, titles.

تعاونية, coopérative and taawounia are one notion, whatever the script; so are miel and عسل. A
title or a form may be typed that the record has not, and the other way; a product may not.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.rules.names import words

_FORMS = {
    "coop": "coopérative cooperative coopératives coop cooperativa taawounia taawouniya taawniya"
    " taawnia taaounia taawunia taawouniat تعاونية تعاونيات",
    "firm": "société sociétés ste sté sarl sarlau sa snc sas au charika charikat company شركة شركات"
    " شمم شذمم entreprise entreprises mouqawala moqawala مقاولة",
    "gie": "gie groupement intérêt économique majmoua مجموعة ذات النفع الاقتصادي",
    "association": "association asso assoc jamia jamiya jamaia jamiat جمعية جمعيات",
    "union": "union fédération ittihad اتحاد فدرالية",
    "house": "ets établissement établissements mouassassa مؤسسة",
    "farming": "agricole agricoles agri agro falahia filahia filahiya فلاحية الفلاحي",
    "women": "féminine féminin femmes nissaouia nissaiya نسوية نسائية نساء",
    "making": "production producteurs transformation valorisation commercialisation إنتاج تحويل"
    " تثمين تسويق intaj taswiq",
    "growth": "développement services tanmia tanmiya khadamat تنمية خدمات",
    "farm": "ferme domaine exploitation projet ضيعة مشروع",
    "relay": "relais point نقطة تواصل",
}
_PRODUCTS = {
    "argan": "argan argane arganier arkane argania أركان أرغان",
    "honey": "miel honey assal asal عسل",
    "bees": "apicole apiculture apiculteurs nahl نحل",
    "saffron": "safran saffron zaafrane zaafran zafrane زعفران",
    "oil": "huile huiles oil zit zite zayt زيت زيوت",
    "olive": "olive olives olivier oliviers zitoun zaytoun زيتون",
    "almond": "amande amandes amandier amandiers louz louze لوز",
    "milk": "lait laitière laitiere hlib halib lhlib حليب",
    "dates": "datte dattes dattier tmar tmour tamr تمر تمور نخيل",
    "rose": "rose roses ward lward ورد ورود",
    "couscous": "couscous kouskous ksksou seksou كسكس",
    "cactus": "cactus figue barbarie sabbar aknari صبار أكناري",
    "goat": "caprin caprine chèvre chèvres maaz ماعز",
    "sheep": "ovin ovins mouton moutons ghnam غنم أغنام",
    "citrus": "agrumes agrume hawamid حوامض",
    "vegetables": "maraîchage légumes khodar khoudra خضروات خضر",
    "herbs": "aromatiques médicinales plantes aachab nabatat أعشاب نباتات عطرية",
    "cheese": "fromage fromages fromagerie jben جبن أجبان",
    "amlou": "amlou أملو",
    "henna": "henné henna حناء",
    "fig": "figues figuier karmous tine كرموس تين",
    "carob": "caroube caroubier kharoub خروب",
    "apple": "pomme pommes pommier teffah تفاح",
    "pomegranate": "grenade grenades grenadier rommane رمان",
    "poultry": "poulet poulets volaille avicole djaj دجاج دواجن",
    "cakes": "pâtisserie gâteaux halawiyat halwa حلويات حلوى",
    "carpet": "tapis zarbia zrabi زربية زرابي",
    "craft": "artisanat artisanale sinaa صناعة تقليدية",
    "grain": "céréales blé zraa حبوب قمح",
}
_TITLES = {
    "moulay": "moulay mulay moulaye mouley mly my مولاي ملاي",
    "sidi": "sidi sid si sy sayid سيدي سيد سي",
    "lalla": "lalla lala lla لالة لالا للا",
    "haj": "haj hajj hadj lhaj lhajj lhadj elhaj elhajj elhadj alhaj حاج",
    "hajja": "hajja hadja haja hajia lhajja lhaja lhadja elhajja alhajja hajjah حاجة",
    "cheikh": "cheikh chikh شيخ",
    "cherif": "cherif chrif charif lcherif شريف",
    "fqih": "fqih fkih lfqih lfkih فقيه",
    "mister": "m mr monsieur mme madame mlle سيدة أستاذ أستاذة",
    "doctor": "dr docteur doctor دكتور دكتورة",
}
_PARTICLES = (
    "ait ben bin ibn bent bint ould oulad ouled awlad bou abou id ida ou abd"
    " أيت آيت بن ابن بنت ولد أولاد بو أبو إد أو عبد"
)


def _notions(*kinds: Mapping[str, str]) -> dict[str, str]:
    return {word: notion for kind in kinds for notion, text in kind.items() for word in words(text)}


NOTION_BY_WORD = _notions(_FORMS, _PRODUCTS, _TITLES)
"""What a folded word without its article says, if it names nobody."""
FORMS = frozenset(_FORMS)
TITLES = frozenset(_TITLES)
PARTICLES = frozenset(words(_PARTICLES))
"""After these a title is a part of the name: Ait El Haj."""
