"""The matcher and a slow, obviously right one agree, on random queries and actors and on random articles in many scripts.

The everyday run judges a few thousand pairs of a query (or an actor) and an article, always the same ones.
`TOCSIN_PAIRS=1000000 pytest tests/alerts/matching/test_differential.py` judges that many, and others each time.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alerts.matching import compile_matcher
from alerts.query import Node, Reference, format_query, parse
from alerts.query.boolean import And, Not, Or
from alerts.query.operators.at_least import AtLeast
from alerts.query.operators.facts import InMeta
from alerts.query.operators.first import First
from alerts.query.operators.near import Near
from alerts.query.operators.stem import Stem
from alerts.query.operators.text_fields import InText
from alerts.query.phrase import Phrase
from alerts.values import Actor, Alias, Document, Field, Topic, WatchList
from tests.alerts.matching.reference import Article, Evaluator, Place, Places, track

EVERYDAY_PAIRS = 40 * settings().max_examples
PAIRS = int(os.environ.get("TOCSIN_PAIRS", EVERYDAY_PAIRS))
QUERIES, ARTICLES = 10, 8
ACTORS = 3
"""In one example: each query, or each actor of two watch lists, is judged on each article."""

Span = tuple[Field, int, int]
Nodes = st.SearchStrategy[Node]


def thorough(pairs_each: int, share: float) -> settings:
    """Return settings for a share of the pairs: the same examples every day, others where more are asked for."""
    return settings(
        max_examples=max(1, round(PAIRS * share / pairs_each)),
        deadline=None,
        derandomize="TOCSIN_PAIRS" not in os.environ,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def among(*texts: str) -> tuple[str, ...]:
    """Return texts that are written with | between them."""
    return tuple("|".join(texts).split("|"))


# ---- what articles and queries are made of: few words, so that they meet ----


@dataclass(frozen=True, slots=True)
class Ground:
    """Words of articles, and terms of queries about them."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    prefixes: tuple[str, ...]
    stems: tuple[str, ...]


LATIN = Ground(
    among(
        "Rabat|rabat|RABAT|Rabats|Ｒabat|Western|western|Sahara|Saha\u00adra|saharan|Western Sahara|the|of|plan|plans",
        "élection|elections|Election|e\u0301lection|electoral|NATO|nato|Nato|us|US|Straße|STRASSE|Griﬃn|İzmir|izmir|22|2254",
    ),
    among(
        "rabat|Rabat|sahara|Western Sahara|western saharan|the|of the|the plan|plan|Rabat Rabat|Rabat-NATO|NATO|us|US",
        "élection|elections|strasse|griffin|Izmir|22|2254",
    ),
    among("rab|saha|Saha|elec|élec|western sah|griff|the pla|225"),
    among("elections|élection|plans|Rabat|sahara"),
)
PEOPLE = Ground(
    among(
        "Nasser Bourita|Bourita|bourita|Antony Blinken|Antony J. Blinken|Blinken|Wagner|Wagner Acme|Acme Ltd|Acme|Rabat",
        "Antony John Blinken|Stephen Blinken|talks|talk|the",
    ),
    among("Bourita|talks|Nasser Bourita|Acme|the|Wagner Acme|Blinken"),
    among("tal|Bouri|blin|the acm"),
    among("talks|acme"),
)
ARABIC = Ground(
    among(
        "المغرب|والمغرب|للمغرب|وبالمغرب|مغرب|مغربي|الصحراء|صحراء|بالصحراء|الغربية|الصحراء الغربية|بوريطة|وبوريطه|لبوريطة",
        "محـــمد|مُحَمَّد|محمد|أحمد|ايران|إيران|طهران|فلإيران|وكايران|٢٢٥٤|ـ|ألمانيا|بألمانيا",
    ),
    among(
        "المغرب|مغرب|صحراء|الصحراء|الصحراء الغربية|بوريطة|محمد|ايران|إيران|أحمد|المغرب محمد|محمد المغرب|2254|المانيا"
    ),
    among("المغر|مغر|صحر|إير|بور|المغرب محمم"),
    among("المغرب|الصحراء|ايران"),
)
MANY = Ground(
    among(
        "Лавров|лавровым|Мир|мир|МИР|布林肯|布林|肯|摩洛哥|谈判|国|Rabat|กรุงเทพ|กรุง|ที่|ที|ガザ|ガザー|ｶﾞｻﾞ|地区|블링컨은|링컨",
        "हिन्दी|हिन्द|הממשלה|مصر|ومصر|2254|٢٢٥٤|２２|の|Αθήνας|ΑΘΗΝΑΣ",
    ),
    among(
        "Лавров|мир|Мир|布林肯|布林|肯|国|摩洛哥谈判|谈判|กรุงเทพ|ที|ที่|ガザ|ガザ 地区|링컨|हिन्दी|مصر|2254|22|αθηνας|Rabat 国"
    ),
    among("лавр|布林|摩洛|กรุง|블링|हिन्|ガザ|Αθην"),
    among("Лавров|мир|ガザ|Αθήνας"),
)
BETWEEN = (" ",) * 12 + among(", |. |-|’||\u00a0|\u200b| ـ | — |  |😀|\n")
FURNITURE = among(
    "\nPhoto: Rabat/AFP\n|\nRead also: Western Sahara\n|\nBy Nasser Bourita\n|\nاقرأ أيضا: المغرب\n|\n\n| — \n"
)


@st.composite
def texts(draw: st.DrawFn, words: st.SearchStrategy[str], shortest: int, longest: int) -> str:
    pieces = draw(st.lists(words, min_size=shortest, max_size=longest))
    for place in draw(st.sampled_from([(), (), (0,), (len(pieces),), (0, len(pieces) // 2)])):
        pieces.insert(place, draw(st.sampled_from(FURNITURE)))
    return "".join(pieces)


def documents(ground: Ground) -> st.SearchStrategy[Document]:
    words = st.sampled_from([word + between for word in ground.words for between in BETWEEN])
    return st.builds(
        Document,
        title=texts(words, 0, 6).map(lambda title: title.replace("\n", " ")),
        text=st.one_of(texts(words, 10, 40), texts(words, 10, 40), texts(words, 0, 5)),
        language=st.sampled_from([None, "en", "fr", "ar", "ru"]),
        url=st.sampled_from([None, "https://gazette.example/sport/2024"]),
        outlet=st.sampled_from([None, "Le Monde", "Example Gazette"]),
        country=st.sampled_from([None, "MA", "FR"]),
        author=st.sampled_from([None, "José Pérez"]),
        credit=st.sampled_from([None, "Example Person/AFP"]),
    )


# ---- queries ----


def plain(name: str, *aliases: str, exclude: tuple[str, ...] = ()) -> Actor:
    """Return an actor without the rules of forms, surnames and neighbours, which the reference does not know: they have cases."""
    return Actor(name, aliases, exclude=exclude, forms=False, alone=False)


LISTS = (
    WatchList("People", (plain("Nasser Bourita"), plain("Antony Blinken", "布林肯"))),
    WatchList(
        "Companies", (plain("Wagner", exclude=("Wagner Acme",)), plain("Acme Ltd", "Acme"), plain("Acme"))
    ),
    WatchList("French", (plain("Rabat"), plain("المغرب")), languages=("fr",)),
)
REFERENCES = st.one_of(
    st.builds(
        Reference,
        st.just("actor"),
        st.sampled_from(among("nasser bourita|Antony Blinken|Acme|المغرب|Nobody")),
    ),
    st.builds(Reference, st.just("list"), st.sampled_from(among("People|companies|French|None"))),
)
KNOWN = st.one_of(
    *(
        st.builds(InMeta, st.just(field), st.sampled_from(values))
        for field, values in (
            ("lang", among("fr|EN|f")),
            ("country", among("ma|FR")),
            ("outlet", among("Monde|le monde|Mond|gazette")),
            ("url", among("sport|gazette.example|spor")),
            ("author", among("perez|José Pérez|Jos")),
            ("credit", among("afp|Example Person|AF")),
        )
    )
)
FIELDS = st.sampled_from(["title", "text", "text", "lead"])
COUNTS = st.sampled_from([2, 2, 3, 5])
FIRSTS = st.sampled_from([1, 2, 5, 9, 20, 100])
DISTANCES = st.sampled_from([0, 1, 2, 3, 5, 10, 100])


def several(parts: Nodes) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(parts, min_size=2, max_size=3).map(tuple)


def queries(ground: Ground) -> Nodes:
    """Return queries of all kinds; those that may stand beside NEAR or in min: grow first.

    `deferred` keeps the names of strategies short; Hypothesis writes them out.
    """
    phrases = st.one_of(
        st.builds(Phrase, st.sampled_from(ground.terms)),
        st.builds(Phrase, st.sampled_from(ground.terms)),
        st.builds(Phrase, st.sampled_from(ground.terms), st.just(True)),
        st.builds(Phrase, st.sampled_from(ground.prefixes), st.booleans(), st.just(True)),
    )
    other = st.one_of(st.builds(Stem, st.sampled_from(ground.stems)), REFERENCES)
    placed = st.recursive(
        st.deferred(lambda: st.one_of(phrases, phrases, REFERENCES if ground is PEOPLE else phrases, other)),
        lambda inner: st.one_of(
            *(st.builds(Near, inner, inner, DISTANCES, st.booleans()) for _twice in range(2)),
            st.builds(Or, several(inner)),
            st.builds(And, several(inner)),
            st.builds(AtLeast, COUNTS, inner),
            st.builds(First, FIRSTS, inner),
        ),
        max_leaves=4,
    )
    distance = st.sampled_from([0, 1, 2, 3])
    pair = st.builds(Near, phrases, phrases, distance, st.booleans())
    counted = st.one_of(
        placed,
        placed,
        placed,
        # what random queries seldom hold: a NEAR in a NEAR, words that overlap in min:
        st.one_of(
            *(
                st.builds(Near, *sides, distance, st.just(True))
                for sides in ((pair, phrases), (phrases, pair))
            )
        ),
        st.builds(
            AtLeast, COUNTS, st.builds(First, FIRSTS, st.one_of(pair, st.builds(Or, several(phrases))))
        ),
        st.builds(InText, FIELDS, placed),
        st.builds(AtLeast, COUNTS, st.builds(InText, FIELDS, placed)),
        st.builds(First, FIRSTS, st.builds(Or, st.tuples(placed, st.builds(InText, FIELDS, placed)))),
    )
    free = st.recursive(
        st.deferred(lambda: st.one_of(counted, counted, KNOWN, phrases)),
        lambda inner: st.one_of(
            st.builds(Or, several(inner)),
            st.builds(And, several(inner)),
            st.builds(Not, inner),
            st.builds(InText, FIELDS, inner),
        ),
        max_leaves=4,
    )
    return st.one_of(
        counted,
        counted,
        free,
        st.tuples(counted, free).map(And),
        st.tuples(free.map(Not), counted).map(And),
        st.tuples(counted, st.tuples(free, counted).map(And)).map(Or),
    ).filter(says_what_must_be_there)


def says_what_must_be_there(node: Node) -> bool:
    """Return whether a query can be used: one that may be true by absence alone is refused."""
    match node:
        case Not():
            return False
        case And():
            return any(map(says_what_must_be_there, node.parts))
        case Or():
            return all(map(says_what_must_be_there, node.parts))
        case InText():
            return says_what_must_be_there(node.part)
        case _:
            return True


EXAMPLES = {
    ground: st.tuples(
        st.lists(queries(ground).map(format_query), min_size=QUERIES, max_size=QUERIES),
        st.lists(documents(ground), min_size=ARTICLES, max_size=ARTICLES),
    )
    for ground in (LATIN, PEOPLE, ARABIC, MANY)
}


@thorough(QUERIES * ARTICLES, share=0.7)
@given(st.sampled_from(list(EXAMPLES)).flatmap(EXAMPLES.__getitem__))
def test_queries_are_true_where_the_reference_says_so(example: tuple[list[str], list[Document]]) -> None:
    written, articles = example
    topics = tuple(Topic(str(number), query) for number, query in enumerate(written))
    nodes = [parse(query).node for query in written]
    matcher = compile_matcher([*LISTS, WatchList("Queries", topics=topics)])
    for document in articles:
        found: dict[str | None, set[Span]] = defaultdict(set)
        for mention in matcher.match(document):
            assert slice_of(document, mention.field)[mention.start : mention.end] == mention.surface
            found[mention.topic].add((mention.field, mention.start, mention.end))
        article = Article(document)
        evaluator = Evaluator(article, track(LISTS, article))
        for topic, node in zip(topics, nodes, strict=True):
            wanted = spans(article, evaluator.find(node, article.whole))
            assert found.get(topic.name) == wanted, f"{topic.query} on {document}"


def slice_of(document: Document, field: Field) -> str:
    return document.title if field == "title" else document.text


def spans(article: Article, places: Places | None) -> set[Span] | None:
    """Return places as offsets: none for what is false, the whole title for what is true of the article itself."""
    if places is None:
        return None
    return {span(article, place) for place in places} or {("title", 0, len(article.document.title))}


def span(article: Article, place: Place) -> Span:
    words = article.words[place.field]
    return place.field, words[place.first].start, words[place.last].end


# ---- actors ----

NAMES = among(
    "Nasser Bourita|Antony Blinken|Antony J. Blinken|Tony Blinken|George Bush|Rabat|US|Rabat US|Mohammed VI|Miller School",
    "King Mohammed VI|Mohammed VI School|Matthew Miller|the School|Сергей Лавров|布林肯|安东尼·布林肯",
    "ناصر بوريطة|محمد السادس|الملك محمد السادس|حسن علي|المغرب|محمد",
)
STORY_WORDS = among(
    "Nasser|Bourita|bourita|BOURITA|Antony|Blinken|Tony|George|Bush|bush|Matthew|Miller|J.|H.|W|Sidi|Dr.|John|Stephen",
    "STEPHEN|and|the|Mr|Mr.|Minister|Yesterday|School|King|King Sidi Mohammed VI|Mohammed|VI|us|Rabat|RABAT|Rabat School",
    "لناصر بوريطة|وبوريطة|بوريطه|الملك سيدي محمد السادس|ومحمد السادس|السادس|علي|وعلي|بالمغرب|وقال",
    "George H. W. Bush|George H.W. Bush|George, H. Bush|Antony john Blinken|Antony John Blinken|Antony, John Blinken",
    "布林|肯|安东尼布林肯|Лавров|лавров|Кирилл|министр",
)
JOINTS = (" ",) * 14 + among("\n|’s |-|\nPhoto: Rabat\n")
"""No sign that parts a name: what neighbours, signs and capitals make of names is in cases.toml, not in the reference."""


@st.composite
def stories(draw: st.DrawFn) -> Document:
    """Return an article about few names, with words that stand around and within names."""
    words = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
    words += draw(st.lists(st.sampled_from(STORY_WORDS), min_size=3, max_size=8))
    spaced = st.sampled_from([word + joint for word in words for joint in JOINTS])
    title, text = ("".join(draw(st.lists(spaced, min_size=a, max_size=b))) for a, b in ((0, 3), (6, 24)))
    return Document(title.replace("\n", " "), text)


SELDOM = st.sampled_from([False, False, False, True])
TERMS = st.lists(
    st.sampled_from(among("School|Rabat School|the|المغرب|Mohammed VI School|us")), max_size=2
).map(tuple)
SELDOM_TERMS = st.one_of(st.just(()), st.just(()), TERMS)
ALIASES = st.one_of(
    st.sampled_from(NAMES),
    st.builds(
        Alias,
        st.sampled_from(NAMES),
        title=SELDOM,
        weak=SELDOM,
        context=SELDOM_TERMS,
        exclude=SELDOM_TERMS,
        least=st.sampled_from([1, 1, 1, 2]),
    ),
    st.builds(Alias, st.sampled_from(NAMES), any_order=st.just(True)),
)
TRACKED = st.lists(
    st.builds(
        Actor,
        st.sampled_from(NAMES),
        st.lists(ALIASES, max_size=2).map(tuple),
        context=SELDOM_TERMS,
        exclude=SELDOM_TERMS,
        any_order=SELDOM,
        forms=st.just(False),
        alone=st.just(False),
    ),
    min_size=ACTORS,
    max_size=ACTORS,
    unique_by=lambda actor: actor.name,
).map(tuple)


@thorough(2 * ACTORS * ARTICLES, share=0.3)
@given(st.tuples(TRACKED, TRACKED), st.lists(stories(), min_size=ARTICLES, max_size=ARTICLES))
def test_actors_are_mentioned_where_the_reference_says_so(
    tracked: tuple[tuple[Actor, ...], tuple[Actor, ...]], articles: list[Document]
) -> None:
    lists = [WatchList(name, actors) for name, actors in zip("AB", tracked, strict=True)]
    actors = {(watch.name, actor.name): actor for watch in lists for actor in watch.actors}
    matcher = compile_matcher(lists)
    for document in articles:
        found: dict[tuple[str, str | None], set[Span]] = defaultdict(set)
        for mention in matcher.match(document):
            assert slice_of(document, mention.field)[mention.start : mention.end] == mention.surface
            found[mention.watch, mention.actor].add((mention.field, mention.start, mention.end))
        article = Article(document)
        for key, places in track(lists, article).items():
            wanted = {span(article, place) for place in places}
            assert found[key] == wanted, f"{actors[key]} on {document}"
