"""HTML to text: paragraphs, lines, words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.html_text import clean, html_to_line, html_to_text, on_one_line, resolved

ODD = "<p title='>'></p>"
"""With it, a parser reads the markup."""


@pytest.mark.parametrize("before", ["", ODD], ids=["by its tags", "parsed"])
@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param(
            "<p>Here Nasser<br>Bourita met</p>", "Here Nasser Bourita met", id="a line's end in a name"
        ),
        pytest.param("<p>Here Nasser <br />\n Bourita met</p>", "Here Nasser Bourita met", id="with spaces"),
        pytest.param("<p>They met.<br>It rained.</p>", "They met.\nIt rained.", id="between sentences"),
        pytest.param("<p>They met<br><br>It rained</p>", "They met\nIt rained", id="two are a paragraph's"),
        pytest.param("They met<p>It rained<br></p>", "They met\nIt rained", id="at a paragraph's end"),
        pytest.param("<p>Nasser Bou-<br>rita met</p>", "Nasser Bourita met", id="a hyphen at a line's end"),
        pytest.param(
            "<p>Nasser Bou-\nrita met</p>", "Nasser Bourita met", id="a hyphen at a source line's end"
        ),
        pytest.param("<p>Jean-<br>Luc met</p>", "Jean- Luc met", id="no hyphenation before a capital"),
        pytest.param(
            '<p>Here <a href="/n">Nasser</a> <b>Bou</b>rita met</p>', "Here Nasser Bourita met", id="links"
        ),
        pytest.param("<p>O&amp;#39;Rourke met</p>", "O'Rourke met", id="escaped twice"),
    ],
)
def test_words_of_a_sentence_stay_together(before: str, markup: str, text: str) -> None:
    assert html_to_text(before + markup) == text


def test_lines_without_markup_are_paragraphs_but_for_a_hyphenated_word() -> None:
    assert html_to_text("They met\nNasser Bou-\nrita") == "They met\nNasser Bourita"
    assert html_to_line("They met<br>Nasser Bou-<br>rita") == "They met Nasser Bourita"


@given(
    st.lists(
        st.sampled_from(
            [
                *("<p>", "</p>", "<br>", "<b>", "</b>", "<script>", "</script>", "<div hidden>", "</div>"),
                *(
                    "<",
                    "<!--",
                    "-->",
                    "a",
                    "B",
                    "e",
                    "-",
                    ".",
                    "\n",
                    "\v",
                    "\r",
                    " ",
                    "\xa0",
                    "\u2010",
                    "\u0301",
                ),
                *("\x00", "\x1f", "\ud800", "\u2028", "&amp;", "&nbsp;", "&#39;", "&#13;", "&lt;"),
                *("&amp;nbsp;", "&amp;#39;", "&amp;#13;", "&amp;#11;", "&amp;#x85;", "&amp;amp;quot;"),
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_a_text_on_one_line_is_what_the_line_is(markup: str) -> None:
    assert on_one_line(html_to_text(markup)) == clean(resolved(html_to_line(markup)))
