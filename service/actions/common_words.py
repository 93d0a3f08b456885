"""Words so common in the news of their language that one alone names nobody."""

from __future__ import annotations

from alerts.text import fold_words

_WORDS = {
    "en": (
        "the and for with from that this will may can not new news time year day today people man woman men "
        "women world state states country city government president minister police army court bank market "
        "party union house office group company report case war peace law order power work school church "
        "street park hill green white black brown young king prince north south east west north right left "
        "first second last best national international public general major home life"
    ),
    "fr": (
        "le la les un une des et pour avec dans sur que qui par plus pas nouveau nouvelle temps an jour monde "
        "pays ville état gouvernement président ministre police armée banque marché parti union maison groupe "
        "société guerre paix loi travail école homme femme roi prince nord sud est ouest droite gauche "
        "premier dernier national public général vie"
    ),
    "es": (
        "el la los las un una y para con por que del más nuevo nueva tiempo año día mundo país ciudad estado "
        "gobierno presidente ministro policía ejército banco mercado partido unión casa grupo empresa guerra "
        "paz ley trabajo escuela hombre mujer rey príncipe norte sur este oeste derecha izquierda primero "
        "último nacional público general vida"
    ),
    "de": (
        "der die das und für mit von dass auf nicht neu zeit jahr tag heute welt land stadt staat regierung "
        "präsident minister polizei armee bank markt partei union haus gruppe firma krieg frieden gesetz "
        "arbeit schule mann frau könig prinz nord süd ost west rechts links erste letzte national leben"
    ),
    "pt": (
        "o a os as um uma e para com por que do da mais novo nova tempo ano dia mundo país cidade estado "
        "governo presidente ministro polícia exército banco mercado partido união casa grupo empresa guerra "
        "paz lei trabalho escola homem mulher rei"
    ),
    "it": (
        "il lo la gli un una e per con che del della più nuovo nuova tempo anno giorno mondo paese città "
        "stato governo presidente ministro polizia esercito banca mercato partito unione casa gruppo società "
        "guerra pace legge lavoro scuola uomo donna re"
    ),
    "ar": (
        "في من على إلى عن مع هذا هذه التي الذي كان قال بعد قبل بين اليوم عام سنة يوم العالم دولة بلد مدينة "
        "حكومة رئيس وزير شرطة جيش بنك سوق حزب اتحاد بيت شركة حرب سلام قانون عمل مدرسة رجل امرأة ملك أمير شمال "
        "جنوب شرق غرب محمد أحمد علي"
    ),
    "tr": (
        "ve bir bu için ile de da ne yeni zaman yıl gün bugün dünya ülke şehir devlet hükümet cumhurbaşkanı "
        "başkan bakan polis ordu banka parti birlik ev grup şirket savaş barış yasa iş okul adam kadın kral"
    ),
    "ru": (
        "и в на с по для что это как не новый время год день сегодня мир страна город государство "
        "правительство президент министр полиция армия банк рынок партия союз дом группа компания война закон "
        "работа школа человек мужчина женщина король"
    ),
}

COMMON_WORDS = frozenset(
    word
    for words in _WORDS.values()
    for text in words.split()
    if (word := fold_words(text)) and " " not in word
)
"""Folded, of all languages together."""
