"""When a feed's own text is the whole article."""

from __future__ import annotations

import pytest

from crawler.read.full_text import is_full_text

LONG = "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week. " * 20


@pytest.mark.parametrize(
    ("text", "is_full"),
    [
        pytest.param(LONG, True, id="long"),
        pytest.param(LONG[:1_400], False, id="short"),
        pytest.param(f"{LONG}\nRead more.", False, id="English"),
        pytest.param(
            f"{LONG}\nContinue reading: Talks resume in Rabat »", False, id="continue reading the title"
        ),
        pytest.param(f"{LONG}\nLire la suite", False, id="French"),
        pytest.param(f"{LONG}\nSeguir leyendo", False, id="Spanish"),
        pytest.param(f"{LONG}\nWeiterlesen →", False, id="German"),
        pytest.param(f"{LONG}\nاقرأ المزيد", False, id="Arabic"),
        pytest.param(f"{LONG}\nЧитать далее", False, id="Russian"),
        pytest.param(f"{LONG}\n続きを読む", False, id="Japanese"),
        pytest.param(f"{LONG} […]", False, id="ellipsis in brackets"),
        pytest.param(
            f"{LONG}\nThe minister likes to read. More will follow on Monday.", True, id="words in prose"
        ),
    ],
)
def test_full_text(text: str, is_full: bool) -> None:
    assert is_full_text(text) is is_full
