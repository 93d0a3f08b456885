"""The same event in other words: what joins, what does not, and that the order of arrival matters little."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations, product
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.likeness import mean_distance
from alerts.stories.usual_words import usual_shares
from alerts.stories.words import common_words, read_words, term_ids
from tests.conftest import START

DAY = timedelta(days=1)
STRIKE = (
    "Pilots end strike at Agadir airport",
    "Pilots of Agadir airport have ended their strike after the ministry of transport agreed to raise their pay, the union said.",
)
STRIKE_TOO = (
    "Agadir airport reopens as pilots' strike ends",
    "Flights resumed at Agadir airport after striking pilots accepted an offer of higher pay by the transport ministry.",
)
STRIKE_AGAIN = (
    "Strike of pilots over: Agadir airport resumes flights",
    "The union of pilots said its strike at the airport of Agadir had ended, with an offer of higher pay by the ministry.",
)
GOLF = (
    "Six champions return to Agadir Open",
    "The stage is set for the golf tournament in Agadir as all six of its champions come back to compete for a record prize.",
)
TOBACCO = (
    "Traders warn of tobacco bill",
    "Traders of Agadir have asked the senate to look again at a bill on tobacco, which would help smugglers of cigarettes.",
)

LANGUAGES = {
    "fr": [
        (
            "Séisme à Agadir : douze morts",
            "Un fort séisme a frappé Agadir dans la nuit, faisant douze "
            "morts et des dizaines de blessés selon le ministère de l'Intérieur.",
        ),
        (
            "Douze morts dans un tremblement de terre à Agadir",
            "Le ministère de l'Intérieur fait état de douze morts et de "
            "dizaines de blessés après le séisme survenu cette nuit à Agadir.",
        ),
        (
            "Agadir : le port rouvre",
            "Le port d'Agadir a rouvert lundi après des travaux de "
            "dragage qui ont duré deux mois, a annoncé le ministère.",
        ),
    ],
    "es": [
        (
            "Doce muertos en un terremoto en Agadir",
            "Un fuerte terremoto sacudió Agadir durante la noche y causó "
            "doce muertos y decenas de heridos, según el Ministerio del Interior.",
        ),
        (
            "Terremoto en Agadir deja doce muertos y decenas de heridos",
            "El Ministerio del Interior informó de doce muertos por el terremoto que sacudió la ciudad de Agadir.",
        ),
        (
            "El puerto de Agadir reabre",
            "El puerto de Agadir reabrió el lunes tras dos meses de obras de dragado, anunció el Ministerio.",
        ),
    ],
    "ar": [
        (
            "مقتل اثني عشر شخصا في زلزال ضرب أكادير",
            "ضرب زلزال قوي مدينة أكادير ليلا وأدى إلى مقتل اثني عشر شخصا وإصابة العشرات حسب وزارة الداخلية.",
        ),
        (
            "زلزال أكادير: وزارة الداخلية تعلن مقتل اثني عشر شخصا",
            "أعلنت وزارة الداخلية مقتل اثني عشر شخصا وإصابة العشرات في الزلزال الذي ضرب أكادير الليلة الماضية.",
        ),
        (
            "ميناء أكادير يفتح أبوابه من جديد",
            "فتح ميناء أكادير أبوابه يوم الاثنين بعد أشغال دامت شهرين حسب ما أعلنته الوزارة.",
        ),
    ],
    "de": [
        (
            "Zwölf Tote bei Erdbeben in Agadir",
            "Ein starkes Erdbeben hat in der Nacht Agadir erschüttert; zwölf "
            "Menschen starben, Dutzende wurden verletzt, teilte das Innenministerium mit.",
        ),
        (
            "Erdbeben in Agadir: zwölf Menschen gestorben",
            "Das Innenministerium teilte mit, dass bei dem Erdbeben in "
            "Agadir zwölf Menschen starben und Dutzende verletzt wurden.",
        ),
        (
            "Hafen von Agadir öffnet wieder",
            "Der Hafen von Agadir hat am Montag nach zwei Monaten "
            "Bauarbeiten wieder geöffnet, teilte das Ministerium mit.",
        ),
    ],
    "ru": [
        (
            "Двенадцать человек погибли при землетрясении в Агадире",
            "Сильное землетрясение произошло ночью в Агадире, погибли "
            "двенадцать человек, десятки ранены, сообщило министерство внутренних дел.",
        ),
        (
            "Землетрясение в Агадире: двенадцать погибших",
            "Министерство внутренних дел сообщило о двенадцати "
            "погибших и десятках раненых при землетрясении в Агадире.",
        ),
        (
            "Порт Агадира снова открыт",
            "Порт Агадира открылся в понедельник после двух месяцев работ, сообщило министерство.",
        ),
    ],
}
"""In each language two accounts of an earthquake, and another report of the same place."""


def groups(articles: list[tuple[str, str]], hours: float = 1) -> list[int]:
    """The story of each article, in small numbers, once all were read."""
    grouper = StoryGrouper()
    decided = [
        grouper.decide(read_traces(title, text), at=START + place * timedelta(hours=hours))[0]
        for place, (title, text) in enumerate(articles)
    ]
    stories = [grouper.story_of(one.number) for one in decided]
    return [stories.index(story) for story in stories]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_one_event_in_few_words_is_one_story_in_any_order(order: tuple[int, ...]) -> None:
    told = [STRIKE, STRIKE_TOO, STRIKE_AGAIN]
    assert groups([told[place] for place in order]) == [0, 0, 0]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_one_event_is_told_from_another_of_the_same_place_in_each_language(language: str) -> None:
    assert groups(LANGUAGES[language]) == [0, 0, 2]


def test_mark_and_dateline_of_an_agency_join_nothing() -> None:
    marked = [
        (f"South Morocco: {title}", f"[Coast FM] Agadir -- {text}") for title, text in (STRIKE, GOLF, TOBACCO)
    ]
    assert groups(marked) == [0, 1, 2]


def test_gathering_joins_no_story_and_is_joined_by_none() -> None:
    roundup = (f"Morocco updates: {STRIKE[0]}", STRIKE_AGAIN[1])
    assert groups([STRIKE, roundup, STRIKE_TOO]) == [0, 1, 0]
    assert groups([roundup, STRIKE, STRIKE_TOO]) == [0, 1, 1]


def test_same_words_days_later_are_another_event() -> None:
    assert groups([STRIKE, STRIKE_TOO], hours=10) == [0, 0]
    assert groups([STRIKE, STRIKE_TOO], hours=60) == [0, 1]


def test_rare_words_are_told_from_usual_ones() -> None:
    terms = np.sort(term_ids(read_words("the talks Taroudant"))[0])
    language, common = common_words().judge(term_ids(read_words("the of and with for their"))[0])
    shares = dict(zip(terms.tolist(), usual_shares(terms, common[:0], language).tolist(), strict=True))
    the, talks, rare = (
        shares[int(term_ids(read_words(word))[0][0])] for word in ("the", "talks", "Taroudant")
    )
    assert the > talks > rare == 0


@pytest.mark.thorough
def test_every_language_has_its_shares() -> None:
    terms = term_ids(read_words("one two three"))[0]
    for language in range(len(common_words().languages) + 1):
        shares = usual_shares(terms, np.zeros(terms.size, np.bool_), language)
        assert shares.shape == terms.shape
        assert ((shares >= 0) & (shares <= 1)).all()


TIMES = st.lists(st.integers(0, 10_000).map(float), min_size=1, max_size=8)


@given(TIMES, TIMES)
def test_mean_distance_is_that_of_all_pairs(ours: list[float], theirs: list[float]) -> None:
    gaps = [abs(one - other) if one and other else 0.0 for one, other in product(ours, theirs)]
    assert mean_distance(ours, theirs) == pytest.approx(fmean(gaps))
