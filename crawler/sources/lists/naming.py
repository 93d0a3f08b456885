"""What the class names and the identity of an element tell of it: a menu, a sidebar. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_MENU_NAMES = re.compile(
    r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|submenu|mega-?menu|footer|foot|breadcrumbs?|pagination|pager|paging|tags?|"
    r"tagcloud|share|sharing|social|follow|promo\w*|sponsor\w*|partner\w*|advert\w*|ads?|banner|newsletter|subscri\w+|cookie\w*|"
    r"consent|gdpr|skip-?links?|comments?|modal|popup|overlay|weather|quotes|language|lang-switch\w*|login|signin|"
    r"jobs?|vacanc(?:y|ies)|events?|outbrain|taboola|toc|table-of-contents|author-(?:box|bio)|glossary)(?:$|[-_ ])",
    re.IGNORECASE,
)
_ASIDE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:sidebar|side-bar|aside|rail|popular|trending|most-?(?:read|viewed|popular|shared|commented)|recommended|"
    r"recommendations|related|more-(?:from|on|in)|(?<!elementor-)widget)(?:$|[-_ ])",
    re.IGNORECASE,
)
_POPULAR = re.compile(
    r"(?:the )?(?:most|top) (?:read|viewed|popular|shared|commented)(?: \w+){0,2}|"
    r"popular(?: (?:now|posts|articles|stories|news))?|trending(?: now)?|editors['’] picks?|"
    r"les plus (?:lu|vu|partag|populaire)e?s|les? \+ lus?|(?:lo|las?|los) más (?:leíd|vist)[oa]s?|(?:i|le) più lett[ie]|"
    r"(?:as |os )?mais lid[ao]s|(?:am )?meist(?:gelesen|geklickt)(?:e[nr]?)?(?: \w+)?|meest gelezen|mest läste?|"
    r"mest les[te]n?e?|luetuim\w+|najczęściej czytane|najpopularniejsze|nejčtenější|najčítanejšie|legolvasottabb\w*|"
    r"legnépszerűbb\w*|cele mai citite|най-четени|най-популярни|самое (?:читаемое|популярное|обсуждаемое)|популярное|"
    r"найпопулярніш[еі]|найчитаніш[еі]|najčitani[jh]e|најчитаније|lasītākie|populārākie|skaitomiausi|populiariausi|"
    r"loetumad|(?:τα )?δημοφιλή|(?:τα )?πιο διαβασμένα|(?:en )?çok okunan(?:lar)?|ən çox oxunan(?:lar)?|"
    r"الأكثر (?:قراءة|شعبية|مشاهدة|تداولا)|پربازدیدترین(?:‌ها)?|پربیننده‌ترین(?:‌ها)?|مقبول ترین|הנקרא(?:ים|ות) ביותר|"
    r"הכי נקראות|सबसे (?:ज्यादा|अधिक) पढ़े गए|लोकप्रिय|সর্বাধিক পঠিত|জনপ্রিয়|அதிகம் (?:படித்தவை|வாசிக்கப்பட்டவை)|"
    r"アクセスランキング|人気(?:記事|ランキング)?|ランキング|热门(?:文章|新闻|排行)?|熱門(?:文章|新聞)?|点击排行|"
    r"阅读排行|많이 본 (?:뉴스|기사)|인기 (?:뉴스|기사)|อ่านมากที่สุด|ข่าวยอดนิยม|(?:tin )?đọc nhiều(?: nhất)?|"
    r"terpopuler|paling (?:dibaca|populer)|zilizosomwa zaidi|ყველაზე (?:კითხვადი|პოპულარული)|ամենաընթերցված|በብዛት የተነበቡ",
    re.IGNORECASE,
)
"""What stands above a list of articles of some days ago that many read."""
_NO_NEWS = re.compile(
    r"(?:upcoming )?events(?: calendar)?|calendar|vacancies|jobs|careers|tenders|procurement|agenda|"
    r"(?:prochains )?événements|offres d['’]emploi|recrutement|appels d['’]offres|marchés publics|(?:próximos )?eventos|"
    r"empleos?|licitaciones|licitações|vagas|eventi|bandi(?: di gara)?|lavora con noi|termine|veranstaltungen|"
    r"stellenangebote|ausschreibungen|evenementen|vacatures|aanbestedingen|kalender|lediga jobb|upphandlingar|"
    r"tapahtumat|avoimet työpaikat|hankinnat|arrangementer|ledige stillinger|wydarzenia|kalendarium|praca|przetargi|"
    r"(?:kalendář )?akc[ei]|volná místa|veřejné zakázky|események|állások|közbeszerzés|evenimente|achiziții|събития|"
    r"обществени поръчки|события|мероприятия|вакансии|закупки|тендеры|події|вакансії|закупівлі|dogodki|događaji|"
    r"pasākumi|vakances|iepirkumi|renginiai|εκδηλώσεις|διαγωνισμοί|etkinlikler|ihaleler|الفعاليات|فعاليات|مناقصات|وظائف|"
    r"رویدادها|مناقصه‌ها|استخدام|אירועים|מכרזים|דרושים|कार्यक्रम|निविदाएं|দরপত্র|চাকরি|イベント|採用情報|入札情報|"
    r"行事予定|行事|活动(?:预告)?|活動|招聘|招标公告|행사|채용|입찰공고|กิจกรรม|sự kiện|tuyển dụng|đấu thầu|acara|"
    r"lowongan|matukio|zabuni",
    re.IGNORECASE,
)
"""What stands above a list of what is no news."""
_PROMOTION = re.compile(
    r"advert(?:isement|orial)|sponsored(?: (?:content|post))?|promoted|paid (?:post|content|partnership)|"
    r"partner content|brand(?:ed)? content|PR|anzeige|werbung|publicité|contenu sponsorisé|sponsorisé|publirédactionnel|"
    r"publicidad|patrocinado|contenido patrocinado|publicidade|conteúdo patrocinado|pubblicità|sponsorizzato|"
    r"advertentie|gesponsord|reklama|reklam|materiał sponsorowany|artykuł sponsorowany|komerční sdělení|реклама|"
    r"на правах рекламы|партнёрский материал|промо|hirdetés|publicitate|advertoriale?|διαφήμιση|χορηγούμενο|إعلان|"
    r"محتوى مدعوم|إعلان مدفوع|آگهی|رپورتاژ آگهی|תוכן שיווקי|ממומן|בשיתוף|विज्ञापन|प्रायोजित|বিজ্ঞাপন|広告|タイアップ|"
    r"广告|推广|廣告|광고|โฆษณา|quảng cáo|tài trợ|iklan|advertorial|annons|sponsrat|annonse|annonce|mainos|kaupallinen yhteistyö",
    re.IGNORECASE,
)
"""What pages write on promotion that looks like their articles."""
LONGEST_LABEL = 30
GIVEN = re.compile(
    r"(?:tag|category|cat|term|type|format|status|post|page|author|section|topic|style)-[\w-]+"
)
"""Classes that content systems give an item by what it is about, or by its looks: "tag-newsletter" is a tag."""
_NAV = re.compile(r"nav(?:-(?:tabs|stacked|pills|list|flush))?")
"""Classes of a style sheet's lists, which are no menu in the main part of a page."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4_096)
def is_called_menu(classes: str, identity: str, *, in_main: bool) -> bool:
    """Return whether an element is called a menu, a foot, promotion or the like; `in_main`: it stands in the page's main part."""
    return _is_called(_MENU_NAMES, classes, identity, but=_NAV if in_main else None)


@lru_cache(maxsize=4_096)
def is_called_aside(classes: str, identity: str) -> bool:
    """Return whether an element is called a sidebar, or a list of what is most read or related."""
    return _is_called(_ASIDE_NAMES, classes, identity)


@lru_cache(maxsize=4_096)
def names_no_list(text: str) -> bool:
    """Return whether a text above a list says that it holds what is most read, or no news: events, jobs, tenders."""
    said = text.strip(" :›»•·|#")
    return _POPULAR.fullmatch(said) is not None or _NO_NEWS.fullmatch(said) is not None


@lru_cache(maxsize=4_096)
def is_called_promotion(text: str) -> bool:
    """Return whether a text beside a link says that somebody pays for it."""
    return len(text) <= LONGEST_LABEL and _PROMOTION.fullmatch(text) is not None


def _is_called(
    names: re.Pattern[str], classes: str, identity: str, *, but: re.Pattern[str] | None = None
) -> bool:
    given = [name.partition("--")[0] for name in classes.split() if not GIVEN.fullmatch(name)]
    given = [name for name in given if but is None or not but.fullmatch(name)]
    own = " ".join(filter(None, (*given, identity)))
    return bool(own) and names.search(_CAMEL.sub("-", own).replace("__", "-")) is not None
