"""Pages with lists of articles, in the layouts and languages of outlets without feeds: made up, each with the links that are articles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SITE = "https://fisheries.example"

TITLES = {
    "en": (
        "Minister opens new fishing port in the north",
        "Quota for sardines raised after talks",
        "Harbour works resume next week",
        "Statement on the maritime agreement",
        "Research ship returns from the Atlantic",
        "Training centre for young sailors inaugurated",
        "Delegation visits shipyards in Vigo",
    ),
    "fr": (
        "Le ministre inaugure un nouveau port de pêche",
        "Le quota de sardines relevé après les négociations",
        "Reprise des travaux du port la semaine prochaine",
        "Communiqué sur l'accord maritime",
        "Le navire de recherche rentre de l'Atlantique",
        "Un centre de formation pour jeunes marins",
        "Une délégation visite les chantiers de Vigo",
    ),
    "es": (
        "El ministro inaugura un nuevo puerto pesquero",
        "Sube la cuota de sardinas tras las negociaciones",
        "Las obras del puerto se reanudan la próxima semana",
        "Comunicado sobre el acuerdo marítimo",
        "El buque de investigación vuelve del Atlántico",
        "Centro de formación para jóvenes marineros",
        "Una delegación visita los astilleros de Vigo",
    ),
    "ar": (
        "الوزير يفتتح ميناء صيد جديدا في الشمال",
        "رفع حصة السردين بعد المفاوضات",
        "استئناف أشغال الميناء الأسبوع المقبل",
        "بيان حول الاتفاق البحري",
        "سفينة الأبحاث تعود من المحيط الأطلسي",
        "افتتاح مركز لتكوين البحارة الشباب",
        "وفد يزور أحواض السفن في فيغو",
    ),
    "ru": (
        "Министр открыл новый рыбный порт на севере",
        "Квота на сардины повышена после переговоров",
        "Работы в порту возобновятся на следующей неделе",
        "Заявление о морском соглашении",
        "Исследовательское судно вернулось из Атлантики",
        "Открыт центр подготовки молодых моряков",
        "Делегация посетила верфи в Виго",
    ),
    "zh": (
        "部长为北部新渔港揭幕",
        "谈判后沙丁鱼配额上调",
        "港口工程下周恢复施工",
        "关于海洋协定的声明",
        "科考船从大西洋返航",
        "青年海员培训中心落成",
        "代表团访问维戈造船厂",
    ),
    "ja": (
        "大臣が北部の新漁港を開港",
        "協議を経てイワシの漁獲枠を拡大",
        "港湾工事を来週再開へ",
        "海洋協定に関する声明を発表",
        "調査船が大西洋から帰港しました",
        "若手船員の訓練施設が完成",
        "代表団がビゴの造船所を視察",
    ),
    "tr": (
        "Bakan kuzeyde yeni balıkçı limanını açtı",
        "Görüşmelerin ardından sardalya kotası artırıldı",
        "Liman çalışmaları gelecek hafta yeniden başlıyor",
        "Denizcilik anlaşması hakkında açıklama",
        "Araştırma gemisi Atlantik'ten döndü",
        "Genç denizciler için eğitim merkezi açıldı",
        "Heyet Vigo tersanelerini ziyaret etti",
    ),
    "de": (
        "Minister eröffnet neuen Fischereihafen im Norden",
        "Sardinenquote nach Verhandlungen angehoben",
        "Hafenarbeiten werden nächste Woche fortgesetzt",
        "Erklärung zum Meeresabkommen",
        "Forschungsschiff aus dem Atlantik zurück",
        "Ausbildungszentrum für junge Seeleute eröffnet",
        "Delegation besucht Werften in Vigo",
    ),
    "el": (
        "Ο υπουργός εγκαινίασε νέο αλιευτικό λιμάνι",
        "Αυξάνεται η ποσόστωση σαρδέλας μετά τις συνομιλίες",
        "Τα έργα στο λιμάνι συνεχίζονται την επόμενη εβδομάδα",
        "Δήλωση για τη θαλάσσια συμφωνία",
        "Το ερευνητικό πλοίο επέστρεψε από τον Ατλαντικό",
        "Εγκαινιάστηκε κέντρο εκπαίδευσης νέων ναυτικών",
        "Αντιπροσωπεία επισκέφθηκε τα ναυπηγεία του Βίγκο",
    ),
    "he": (
        "השר חנך נמל דיג חדש בצפון",
        "מכסת הסרדינים הועלתה לאחר המשא ומתן",
        "עבודות הנמל יחודשו בשבוע הבא",
        "הודעה בדבר ההסכם הימי החדש",
        "ספינת המחקר שבה מהאוקיינוס האטלנטי",
        "נחנך מרכז הכשרה לימאים צעירים",
        "משלחת ביקרה במספנות בוויגו",
    ),
    "hi": (
        "मंत्री ने उत्तर में नए मत्स्य बंदरगाह का उद्घाटन किया",
        "वार्ता के बाद सार्डिन का कोटा बढ़ाया गया",
        "बंदरगाह का काम अगले सप्ताह फिर शुरू होगा",
        "समुद्री समझौते पर वक्तव्य जारी",
        "अनुसंधान पोत अटलांटिक से लौटा",
        "युवा नाविकों के लिए प्रशिक्षण केंद्र का उद्घाटन",
        "प्रतिनिधिमंडल ने वीगो के शिपयार्ड देखे",
    ),
}
LANGUAGES = tuple(TITLES)
Item = tuple[str, str, str]
"""Address, title, date."""
NAV = (
    '<header><nav class="main-menu"><ul><li><a href="/">Home</a></li><li><a href="/about-us">About the ministry and its tasks</a></li>'
    '<li><a href="/press">Press</a></li><li><a href="/services/licences-for-fishing-boats">Licences for fishing boats</a></li></ul></nav></header>'
    '<div class="breadcrumbs"><a href="/">Home</a> › <a href="/press">Press</a></div>'
)
FOOT = (
    '<div class="pagination"><a href="?page=2">2</a><a href="?page=3">3</a><a href="?page=2">Next page of the list</a></div>'
    '<footer><a href="/legal/terms-of-use-of-this-site">Terms of use of this site</a><a href="/contact">Contact</a>'
    '<a href="/privacy-policy-of-the-ministry">Privacy policy of the ministry</a><a href="https://social.example/fisheries">Follow us</a></footer>'
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A page, and the addresses of the articles that it lists."""

    name: str
    language: str
    html: str
    articles: frozenset[str]


def slug(number: int) -> str:
    return ("opening-of-a-new-port", "sardine-quota-raised", "harbour-works-resume-soon", "statement-on-the-agreement",
            "research-ship-is-back", "training-centre-for-sailors", "delegation-in-the-shipyards")[number % 7]  # fmt: skip


ADDRESSES: dict[str, Callable[[int], str]] = {
    "slugs": lambda n: f"/press/{slug(n)}",
    "dated": lambda n: f"/2026/03/0{n + 1}/{slug(n)}.html",
    "numbers": lambda n: f"/news/{48210 + n}",
    "query": lambda n: f"/communique.php?id={910 + n}",
    "codes": lambda n: f"/actualites/art{7710 + n}.html",
    "files": lambda n: f"/sites/press-releases-{2026}-0{n + 1}-{slug(n)}.pdf",
}


def plain(items: Sequence[Item]) -> str:
    return (
        "<ul class='news'>"
        + "".join(f"<li><span>{d}</span> <a href='{u}'>{t}</a></li>" for u, t, d in items)
        + "</ul>"
    )


def cards(items: Sequence[Item]) -> str:
    return (
        "<div class='css-9x1k2'>"
        + "".join(
            f"<div class='Card_root__x{n}Qz'><a href='{u}'><img src='/i/{n}.jpg' alt=''></a><div class='Card_body__a9{n}'>"
            f"<span class='tag'><a href='/tag/fishing'>Fishing</a></span><h3><a href='{u}'>{t}</a></h3><time datetime='2026-03-0{n + 1}'>{d}</time>"
            f"<p>What the ministry says of it, in a line or two of text that is shown on the card.</p><a href='{u}'>Read more</a></div></div>"
            for n, (u, t, d) in enumerate(items)
        )
        + "</div>"
    )


def table(items: Sequence[Item]) -> str:
    rows = "".join(
        f"<tr><td>{d}</td><td><a href='{u}'>{t}</a></td><td><a href='{u}.ics'>+</a></td></tr>"
        for u, t, d in items
    )
    return f"<table><tr><th>Date</th><th>Title</th></tr>{rows}</table>"


def whole_cards(items: Sequence[Item]) -> str:
    return (
        "<section class='grid'>"
        + "".join(
            f"<a class='tile' href='{u}'><figure><img src='x.jpg' alt='{t}'></figure><div><p class='date'>{d}</p><h2>{t}</h2><p>Summary of the release.</p></div></a>"
            for u, t, d in items
        )
        + "</section>"
    )


def blog(items: Sequence[Item]) -> str:
    return (
        "<main>"
        + "".join(
            f"<article class='post'><h2 class='entry-title'><a href='{u}' rel='bookmark'>{t}</a></h2><p class='meta'>{d} by "
            f"<a href='/author/press-office-of-the-ministry'>Press office of the ministry</a> in <a href='/category/fishing-and-ports'>Fishing and ports</a></p>"
            f"<p>First words of the article, as an excerpt of some length.</p></article>"
            for u, t, d in items
        )
        + "</main>"
    )


def with_lead(items: Sequence[Item]) -> str:
    (url, title, date), *rest = items
    return (
        f"<div class='hero'><h1><a href='{url}'>{title}</a></h1><span class='when'>{date}</span></div>"
        + plain(rest)
    )


def two_lists(items: Sequence[Item]) -> str:
    return f"<h2>Releases</h2>{whole_cards(items[:3])}<h2>Speeches</h2>{plain(items[3:])}"


def beside(items: Sequence[Item]) -> str:
    old = "".join(
        f"<li><a href='/press/{year}-most-read-story-of-the-year'>The most read story of {year}</a></li>"
        for year in range(2010, 2020)
    )
    promo = "<div class='promo-box'><a href='/shop/the-big-book-of-the-sea'>Buy the big book of the sea today</a></div>"
    return f"<div class='content'>{blog(items)}</div><aside class='sidebar'><h3>Most read</h3><ul class='most-read'>{old}</ul>{promo}</aside>"


def definitions(items: Sequence[Item]) -> str:
    return "<dl>" + "".join(f"<dt>{d}</dt><dd><a href='{u}'>{t}</a></dd>" for u, t, d in items) + "</dl>"


def paragraphs(items: Sequence[Item]) -> str:
    return (
        "<div id='content'>"
        + "".join(f"<p><b>{d}</b> – <a href='{u}'>{t}</a></p>" for u, t, d in items)
        + "</div>"
    )


LAYOUTS: dict[str, Callable[[Sequence[Item]], str]] = {
    "plain": plain, "cards": cards, "table": table, "whole-cards": whole_cards, "blog": blog, "lead": with_lead,
    "two-lists": two_lists, "beside": beside, "definitions": definitions, "paragraphs": paragraphs,
}  # fmt: skip
DATES = {"en": "{} March 2026", "fr": "{} mars 2026", "es": "{} de marzo de 2026", "de": "{}. März 2026", "ru": "{} марта 2026",
         "ar": "{} مارس 2026", "tr": "{} Mart 2026", "zh": "2026年3月{}日", "ja": "2026年3月{}日", "el": "{} Μαρτίου 2026",
         "he": "{} במרץ 2026", "hi": "{} मार्च 2026"}  # fmt: skip


def items_of(language: str, addresses: str, *, count: int = 7, first: int = 0) -> list[Item]:
    """Return items with titles in a language, newest first."""
    make, titles = ADDRESSES[addresses], TITLES[language]
    return [
        (make(n), titles[n % len(titles)], DATES[language].format(28 - n))
        for n in range(first, first + count)
    ]


def page(language: str, body: str) -> str:
    direction = "rtl" if language in ("ar", "he") else "ltr"
    return f"<!doctype html><html lang='{language}' dir='{direction}'><head><title>Press</title></head><body>{NAV}{body}{FOOT}</body></html>"


def layouts() -> list[Layout]:
    """Return every layout with every kind of address, the languages in turn."""
    found = []
    for number, (name, make) in enumerate(LAYOUTS.items()):
        for place, addresses in enumerate(ADDRESSES):
            language = LANGUAGES[(number * len(ADDRESSES) + place) % len(LANGUAGES)]
            items = items_of(language, addresses)
            articles = frozenset(f"{SITE}{url}" for url, _title, _date in items)
            found.append(Layout(f"{name}-{addresses}", language, page(language, make(items)), articles))
    return found
