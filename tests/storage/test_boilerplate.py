"""Lines that are not prose."""

from __future__ import annotations

import pytest

from storage.boilerplate import find_boilerplate


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("AP/CAROL KASTER - Antony Blinken, secretario de Estado de Estados Unidos", "AP/CAROL KASTER"),
        ("PHOTO/AFP - The king of Morocco at the opening", "PHOTO/AFP"),
        ("REUTERS / pool", "REUTERS / pool"),
        ("Photo: AFP", "Photo: AFP"),
        ("(Photo: AP)", "Photo: AP"),
        ("Crédit photo : MAP", "Crédit photo : MAP"),
        ("Foto: EFE/Archivo", "Foto: EFE/Archivo"),
        ("© Reuters", "© Reuters"),
        ("(AFP via Getty Images)", "AFP via Getty Images"),
        ("صورة: وكالة المغرب العربي للأنباء", "صورة: وكالة المغرب العربي للأنباء"),
        ("تصوير: رويترز", "تصوير: رويترز"),
        ("Reuters", "Reuters"),
    ],
)
def test_photo_credit(line: str, credit: str) -> None:
    text = f"First paragraph.\n{line}\nLast paragraph."
    (found,) = find_boilerplate(text)
    assert (found.kind, found.credit, text[found.start : found.end]) == ("photo-credit", credit, line)


@pytest.mark.parametrize(
    "line",
    ["By Antony Blinken", "Por Redacción, Rabat", "Par La Rédaction", "بقلم: هيئة التحرير", "BY NEWSROOM"],
)
def test_byline(line: str) -> None:
    assert [item.kind for item in find_boilerplate(f"Title\n{line}\nText.")] == ["byline"]


@pytest.mark.parametrize(
    "line",
    [
        "Read also: Nasser Bourita in Madrid",
        "READ MORE: Talks resume",
        "Lire aussi : Nasser Bourita à Madrid",
        "À lire aussi – Le plan d'autonomie",
        "Lea también: Bourita viaja a Madrid",
        "اقرأ أيضا: ناصر بوريطة في مدريد",
        "» Related: Talks resume",
    ],
)
def test_read_also(line: str) -> None:
    assert [item.kind for item in find_boilerplate(line)] == ["read-also"]


@pytest.mark.parametrize(
    "line",
    [
        "Reuters reported on Monday that the talks would resume.",
        "AP journalists were let in to the hall where the minister spoke.",
        "The AFP/Reuters photo of the meeting went round the world. It showed the minister.",
        "By Monday, the ministry had confirmed the visit.",
        "By then Nasser Bourita had left for Madrid.",
        "Par ailleurs, le ministre a reçu son homologue.",
        "Par la suite, Nasser Bourita a rencontré la presse.",
        "Por otra parte, el ministro viajó a Rabat.",
        "Photo opportunities were few: the minister left early.",
        "Related to this, the council will meet on Friday.",
        "Read more than one paper, the minister advised.",
        "The picture: nobody knows what comes next, said the envoy. He left.",
        "كتب الوزير رسالة إلى نظيره يدعو فيها إلى استئناف المفاوضات بين الطرفين",
        "",
    ],
)
def test_prose_is_left_alone(line: str) -> None:
    assert find_boilerplate(line) == ()
