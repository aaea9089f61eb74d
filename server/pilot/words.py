"""Invented names and notes of the pilot, in both scripts. None of them names a real person."""

from __future__ import annotations

Pair = tuple[str, str]
"""(Arabic, Latin)."""

MEN: tuple[Pair, ...] = (
    ("محمد", "Mohamed"), ("أحمد", "Ahmed"), ("الحسين", "Lhoussaine"), ("الحسن", "Lahcen"),
    ("إبراهيم", "Brahim"), ("علي", "Ali"), ("عمر", "Omar"), ("يوسف", "Youssef"),
    ("مبارك", "Mbarek"), ("سعيد", "Said"), ("رشيد", "Rachid"), ("عبد الله", "Abdellah"),
    ("عبد الكريم", "Abdelkrim"), ("عبد الرحمان", "Abderrahmane"), ("خالد", "Khalid"),
    ("مصطفى", "Mustapha"), ("حميد", "Hamid"), ("كريم", "Karim"), ("رضوان", "Redouane"),
    ("جمال", "Jamal"), ("عزيز", "Aziz"), ("طارق", "Tarik"), ("بوجمعة", "Boujemaa"),
    ("حسن", "Hassan"), ("بلعيد", "Belaid"), ("العربي", "Larbi"), ("ميمون", "Mimoun"),
    ("نور الدين", "Noureddine"), ("إدريس", "Driss"), ("حمو", "Hammou"),
)  # fmt: skip
WOMEN: tuple[Pair, ...] = (
    ("فاطمة", "Fatima"), ("خديجة", "Khadija"), ("عائشة", "Aicha"), ("رقية", "Rkia"),
    ("زهرة", "Zahra"), ("نعيمة", "Naima"), ("سعاد", "Souad"), ("لطيفة", "Latifa"),
    ("زينب", "Zineb"), ("مريم", "Meryem"), ("نادية", "Nadia"), ("أمينة", "Amina"),
    ("إيجة", "Ijja"), ("كلثوم", "Keltoum"), ("حليمة", "Halima"), ("السعدية", "Saadia"),
    ("مليكة", "Malika"), ("يطو", "Itto"), ("تودة", "Touda"), ("فاظمة", "Fadma"),
    ("جميلة", "Jamila"), ("حسناء", "Hasna"), ("نجاة", "Najat"), ("مينة", "Mina"),
    ("ربيعة", "Rabia"), ("سميرة", "Samira"), ("يامنة", "Yamna"), ("صفية", "Safia"),
)  # fmt: skip
FAMILIES: dict[str, tuple[Pair, ...]] = {
    "09": (
        ("أيت الحاج", "Ait El Haj"), ("أزناك", "Aznag"), ("بوهوش", "Bouhouch"),
        ("إد بلقاسم", "Id Belkacem"), ("أوبراهيم", "Oubrahim"), ("أومولود", "Oumouloud"),
        ("تاموح", "Tamouh"), ("أيت أوهمان", "Ait Ouhmane"), ("بيهي", "Bihi"),
        ("أكنسوس", "Aguensous"), ("أيت بلا", "Ait Bella"), ("أبوالنعيم", "Aboulnaim"),
        ("إد علي", "Id Ali"), ("أوشن", "Ouchen"), ("أمغار", "Amghar"), ("تيزنيتي", "Tizniti"),
        ("السوسي", "Soussi"), ("الهوزالي", "Houzali"), ("أيت سي", "Ait Si"), ("بومليك", "Boumlik"),
    ),
    "02": (
        ("اليعقوبي", "Yaacoubi"), ("بنعلي", "Benali"), ("الزكاوي", "Zekkaoui"),
        ("المرابط", "Mrabet"), ("بوشيخي", "Bouchikhi"), ("الورياشي", "Ouriachi"),
        ("أزحاف", "Azehaf"), ("القضاوي", "Kaddaoui"), ("بنحمو", "Benhammou"),
        ("الطالبي", "Talbi"), ("اليزناسني", "Iznasni"), ("الكبداني", "Kebdani"),
        ("أبركان", "Aberkan"), ("شملال", "Chemlal"), ("بوعزة", "Bouazza"), ("أقضاض", "Akdad"),
        ("الحموتي", "Hammouti"), ("برحيلي", "Berrhili"), ("زروال", "Zeroual"), ("المختاري", "Mokhtari"),
    ),
}  # fmt: skip
DOUARS: tuple[Pair, ...] = (
    ("تماست", "Tamast"), ("أيت عبلا", "Ait Abla"), ("إغرم", "Ighrem"), ("تلات", "Tlat"),
    ("أكادير نتمازيرت", "Agadir N'Tmazirt"), ("أولاد ميمون", "Oulad Mimoun"),
    ("لعوينة", "Laaouina"), ("تيزي", "Tizi"), ("أفرا", "Afra"), ("إمي نواسيف", "Imi N'Ouassif"),
    ("الزاوية", "Zaouia"), ("بني موسى", "Bni Moussa"), ("لقصبة", "Lkasba"), ("تاوريرت", "Taourirt"),
    ("سيدي بورجا", "Sidi Borja"), ("أنامر", "Anamer"),
)  # fmt: skip
PRODUCTS: tuple[tuple[str, str, str], ...] = (
    ("argan", "الأركان", "Argane"), ("citrus", "الحوامض", "Agrumes"), ("olive", "الزيتون", "Olivier"),
    ("saffron", "الزعفران", "Safran"), ("honey", "العسل", "Miel"), ("almond", "اللوز", "Amandier"),
    ("vegetables", "الخضروات", "Maraîchage"), ("milk", "الحليب", "Lait"),
    ("goat", "الماعز", "Caprin"), ("cactus", "الصبار", "Cactus"),
)  # fmt: skip
COOPERATIVE_NAMES: tuple[Pair, ...] = (
    ("تامونت", "Tamounte"), ("الأمل", "Al Amal"), ("تيويزي", "Tiwizi"), ("النور", "Nour"),
    ("أفولكي", "Afoulki"), ("الوفاق", "Al Wifaq"), ("تاضامونت", "Tadamount"), ("الخير", "Al Khair"),
    ("أغبالو", "Aghbalou"), ("البركة", "Al Baraka"), ("تيفاوين", "Tifaouine"), ("المستقبل", "Al Moustakbal"),
)  # fmt: skip
NOTES: dict[str, tuple[Pair, ...]] = {
    "first_contact": (
        ("تعرفنا على الاستغلالية، وطلب زيارة أخرى بعد السوق.", "Présentation faite ; il souhaite une seconde visite après le souk."),
        ("مهتم بالخدمات الإلكترونية، لا يتوفر على هاتف ذكي.", "Intéressé par les e-services, pas de smartphone."),
        ("شرحنا البرنامج للأسرة، وسيحضر الابن في الموعد القادم.", "Programme expliqué à la famille ; le fils viendra au prochain rendez-vous."),
    ),
    "registration": (
        ("سجلنا المعطيات، والبطاقة الوطنية سارية.", "Données saisies, CNIE valide."),
        ("ينقص عقد الكراء، سيحضره يوم الخميس.", "Il manque le bail, il l'apporte jeudi."),
    ),
    "needs": (
        ("الأولوية للماء وإصلاح المضخة.", "Priorité à l'eau et à la réparation de la pompe."),
        ("يحتاج إلى مشورة حول تسميد الأركان.", "Besoin de conseil sur la fertilisation de l'arganier."),
        ("تبحث التعاونية عن أسواق خارج الإقليم.", "La coopérative cherche des débouchés hors de la province."),
    ),
    "maturity": (
        ("تستعمل التعاونية التراسل الفوري لأخذ الطلبات.", "La coopérative prend ses commandes par messagerie."),
        ("مستوى أول، اتفقنا على خطة من ثلاث خطوات.", "Niveau débutant, plan en trois étapes convenu."),
    ),
    "assistance": (
        ("قدمنا الطلب عبر البوابة وسلمنا الوصل.", "Demande déposée sur le portail, récépissé remis."),
        ("تم تفعيل الخدمة، وجرب أول عملية بنفسه.", "Service activé, première opération faite par lui-même."),
        ("انقطعت الشبكة، نكمل في نقطة التواصل.", "Réseau coupé, on termine au relais."),
    ),
    "documents": (
        ("جمعنا ثلاث وثائق، والصورة واضحة.", "Trois pièces collectées, photos nettes."),
        ("وثيقة واحدة غير مقروءة، تعاد.", "Une pièce illisible, à refaire."),
    ),
    "follow_up": (
        ("الملف في طور الدراسة، لا جديد.", "Dossier en instruction, rien de nouveau."),
        ("توصل بالإعانة، ويشكر الفريق.", "Aide reçue, il remercie l'équipe."),
    ),
    "training": (
        ("حصة حول الأداء بالهاتف، حضور جيد.", "Séance sur le paiement mobile, bonne présence."),
        ("تكوين النساء في الصباح أنسب.", "Formation des femmes plus adaptée le matin."),
    ),
    "support": (
        ("أعدنا ضبط الهاتف وكلمة السر بيده.", "Téléphone réglé, mot de passe changé par lui-même."),
        ("عطب في الجهاز، فتحنا حادثا.", "Appareil en panne, incident ouvert."),
    ),
    "control": (
        ("المعطيات مطابقة لما في الميدان.", "Données conformes au terrain."),
        ("المساحة المصرح بها أكبر من الواقع، تصحح.", "Surface déclarée trop grande, à corriger."),
    ),
}  # fmt: skip
