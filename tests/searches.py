"""What people type and whom they mean, a few of each kind; and what means nobody.

The figures are `benchmarks.search_kinds`' business: these are the kinds by example.
"""

from __future__ import annotations

PHONE = "+212661234567"
ASKED = {
    "latin variant": [
        ({"name_fr": "M'hamed Benabdellah"}, "mohamed ben abd allah"),
        ({"name_fr": "Ghizlane Layachi"}, "Rhizlane El Ayachi"),
        ({"name_fr": "Khadija Gharbaoui"}, "Xadija Rharbawi"),
        ({"name_fr": "Othmane Kaddouri"}, "Outhman qadouri"),
        ({"name_fr": "Saïd Laaroussi"}, "sa3id aroussi"),
        ({"name_fr": "Omar Bouzid"}, "omar abou zid"),
        ({"name_ar": "عمر أبو صالح"}, "omar bousaleh"),
        ({"name_fr": "STE S.A.R.L Azemz"}, "azemz s.a.r.l"),
        ({"name_fr": "Med Tighanimine"}, "Mohammed Tirhanimine"),
    ],
    "latin for arabic": [
        ({"name_ar": "فاطمة الزهراء العسولي"}, "Fatimazahra Lassouli"),
        ({"name_ar": "عبد الحفيظ الغزاوي"}, "Abdelhafid Razaoui"),
        ({"name_ar": "لكبير التملي"}, "El Kebir Ettemli"),
        ({"name_ar": "كوثر بن الطاهر"}, "Kawthar Bentahar"),
    ],
    "arabic for latin": [
        ({"name_fr": "Abdennaceur Ait Ouhmane"}, "عبد الناصر أيت أوهمان"),
        ({"name_fr": "Gali Guerroumi"}, "غالي الكرومي"),
        ({"name_fr": "Ghita Benchekroun"}, "غيثة بن شقرون"),
    ],
    "arabic spaces": [
        ({"name_ar": "عبد الله بن علي"}, "عبدالله بنعلي"),
        ({"name_ar": "عبدالرحمان أيت الطالب"}, "عبد الرحمان أيتالطالب"),
        ({"name_ar": "نورالدين بنعبدالله"}, "نور الدين بن عبد الله"),
        ({"name_ar": "فاطمة الزهراء أبو درار"}, "فاطمةالزهراء أبودرار"),
    ],
    "titles": [
        ({"name_fr": "Moulay Ahmed Idrissi"}, "ahmed idrissi"),
        ({"name_fr": "Brahim Oumlil"}, "El Haj Brahim Oumlil"),
        ({"name_fr": "Rkia Bouhouch"}, "lalla rkia bouhouch"),
        ({"name_ar": "مولاي رشيد المغاري"}, "السي رشيد المغاري"),
        ({"name_fr": "Hassan Ait El Haj"}, "hassan ait lhaj"),
    ],
    "slips": [
        ({"name_ar": "سكينة المنصوري"}, "سكينة المنصزري"),
        ({"name_ar": "سعيد الحسوني"}, "سعيد اللحسوني"),
        ({"name_ar": "أيمن الزموري"}, "ايمن الزمري"),
        ({"name_fr": "Naima Ouadghiri"}, "naima wuadghiri"),
        ({"name_ar": "جمال شكري"}, "جمال شكلي"),
    ],
    "phones": [
        ({"name_fr": "Omar", "phone": PHONE}, typed)
        for typed in (
            "661234567", "234567", "4567", "(06) 61-23-45-67", "+212 (0)661 23 45 67",
            "06.61.23.45.67", "٠٦٦١٢٣٤٥٦٧", "\u200e0661234567", "06/61/23/45/67",
        )
    ],
    "keyboards": [
        ({"name_ar": "يحيى الكتاني"}, "یحیی الکتانی"),
        ({"name_ar": "هند الهاشمي"}, "ھند الہاشمی"),
        ({"name_ar": "ليلى أزولاي"}, "ليلى\u200f أزو\u00adلاي"),
        ({"name_fr": "Mina Boukrine"}, "mi\u200bna \u2067bou\ufeffkrine"),
        ({"name_ar": "أكنسوس حماد"}, "أݣنسوس حماد"),
        ({"name_fr": "L'houcine Bihi"}, "L`houcine Bihi"),
    ],
    "enterprises": [
        ({"name_fr": "Coopérative Agricole Féminine Tislit"}, "taawounia tislit"),
        ({"name_ar": "التعاونية الفلاحية أزرف"}, "coop azerf"),
        ({"name_fr": "STE AGRI NAJAH SARL"}, "شركة النجاح"),
        ({"name_ar": "تعاونية العسل إمينتانوت"}, "miel Imintanoute"),
        ({"name_fr": "GIE Huile d'Argan Aglou"}, "زيت أركان أكلو"),
        ({"name_fr": "Coopérative Safran", "douar": "تالوين"}, "coopérative zaafrane Taliouine"),
    ],
}  # fmt: skip
NOBODY = (
    "Hassan Filali", "عبد الصمد الدكالي", "haj brahim tazi", "coop tiznit", "0612000000",
    "miel taroudant", "taawounia anarouz", "+212 (0)700 00 00 00", "\u200f\u00ad",
)  # fmt: skip


def entity_of(kind: str) -> str:
    """Return what the records of a kind are."""
    return "enterprise" if kind == "enterprises" else "person"


CASES = [(kind, values, typed) for kind, cases in ASKED.items() for values, typed in cases]
