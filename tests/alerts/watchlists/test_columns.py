"""Headings of tables as people have them, in four languages."""

from __future__ import annotations

import pytest

from alerts.values import Actor
from alerts.watchlists.columns import answer_of, columns_of
from alerts.watchlists.csv_rows import read_csv
from alerts.watchlists.reading import ImportedActor

BOURITA = Actor("Nasser Bourita", surname="Bourita")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        pytest.param(
            "First name,Last name,Also known as\nNasser,Bourita,N. Bourita\n",
            ImportedActor(2, Actor("Nasser Bourita", ("N. Bourita",), surname="Bourita")),
            id="en: given name and surname",
        ),
        pytest.param(
            "Nom;Prénom;Remarque\nBourita;Nasser;ministre\n",
            ImportedActor(2, BOURITA, note="ministre"),
            id="fr: nom is the surname beside prénom",
        ),
        pytest.param(
            "Nom;Autres noms;Langue\nOCP;Office chérifien | O.C.P.;Français\n",
            ImportedActor(2, Actor("OCP", ("Office chérifien", "O.C.P.")), "fr"),
            id="fr: nom is the name",
        ),
        pytest.param(
            "Nom complet;Nom de famille\nNasser Bourita;Bourita\n", ImportedActor(2, BOURITA), id="fr: both"
        ),
        pytest.param(
            "Nombre;Apellidos;Idioma\nPedro;Sánchez Pérez-Castejón;español\n",
            ImportedActor(2, Actor("Pedro Sánchez Pérez-Castejón", surname="Sánchez Pérez-Castejón"), "es"),
            id="es: nombre is the given name beside apellidos",
        ),
        pytest.param(
            "Nombre;Otros nombres;Observaciones\nOCP;Grupo OCP;fosfatos\n",
            ImportedActor(2, Actor("OCP", ("Grupo OCP",)), note="fosfatos"),
            id="es: nombre is the name",
        ),
        pytest.param(
            "الاسم;اللقب;أسماء أخرى;اللغة\nناصر;بوريطة;Nasser Bourita؛ Bourita;العربية\n",
            ImportedActor(2, Actor("ناصر بوريطة", ("Nasser Bourita", "Bourita"), surname="بوريطة"), "ar"),
            id="ar: name and surname",
        ),
        pytest.param(
            "الاسم الكامل,ملاحظات\nناصر بوريطة,وزير\n",
            ImportedActor(2, Actor("ناصر بوريطة"), note="وزير"),
            id="ar: whole name",
        ),
        pytest.param(
            "name,alias 1,alias 2\nOCP,Group OCP,O.C.P.\n",
            ImportedActor(2, Actor("OCP", ("Group OCP", "O.C.P."))),
            id="a column for each alias",
        ),
        pytest.param(
            "sep=;\nNAME* ;Surname (yes/no)\nNasser Bourita;oui\n",
            ImportedActor(3, Actor("Nasser Bourita", surname=True)),
            id="Excel's first line, marks in headings, an answer in French",
        ),
        pytest.param(
            "First name,Last name\nPelé,Pelé\n",
            ImportedActor(2, Actor("Pelé")),
            id="one name in both columns",
        ),
        pytest.param("First name,Last name\n,OCP\n", ImportedActor(2, Actor("OCP")), id="surname alone"),
    ],
)
def test_headings_of_four_languages(text: str, row: ImportedActor) -> None:
    assert list(read_csv(text.splitlines(keepends=True))) == [row]


@pytest.mark.parametrize("header", [["Prénom"], ["Prénom", "Note"], ["Apellidos"], ["alias"], [], ["", " "]])
def test_header_without_a_whole_name_is_none(header: list[str]) -> None:
    assert columns_of(header) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Sí", True), ("VRAI", True), ("نعم", True), ("Non", False), ("لا", False), ("Xi", None)],
)
def test_yes_and_no(text: str, answer: bool | None) -> None:
    assert answer_of(text) is answer
