"""Messages of templates: values are escaped, whatever they are, and stand in their own direction."""

from __future__ import annotations

import pytest
from jinja2 import Environment
from markupsafe import Markup

from alerts.delivery.markup import translated
from service.locale import translator
from storage.language import ENGLISH, ISOLATE, POP, speak

HTML = Environment(autoescape=True)
HTML.globals["_"] = translated


def told(message: str, **values: object) -> str:
    return HTML.from_string("{{ _(message, **values) }}").render(message=message, values=values)


@pytest.mark.parametrize(
    ("message", "values", "expected"),
    [
        pytest.param("Sign in & <b>go</b>", {}, "Sign in & <b>go</b>", id="no place"),
        pytest.param("a < b", {}, "a < b", id="a tag of ours is not looked for twice"),
        pytest.param("it's {name}", {"name": "<i>&"}, "it&#39;s &lt;i&gt;&amp;", id="text"),
        pytest.param("it is {name}", {"name": Markup("<i>x</i>")}, "it is <i>x</i>", id="escaped already"),
        pytest.param("{count} of {none}", {"count": 3, "none": None}, "3 of None", id="no text"),
        pytest.param("{{{name}}}", {"name": "<"}, "{&lt;}", id="literal braces"),
        pytest.param("at most {most:,}", {"most": 3650}, "at most 3,650", id="a form of its own"),
        pytest.param("{name!r}", {"name": "<x>"}, "&#39;&lt;x&gt;&#39;", id="quoted"),
        pytest.param("{name}", {"name": "{other} {0}"}, "{other} {0}", id="braces of a value"),
    ],
)
def test_values_are_escaped(message: str, values: dict[str, object], expected: str) -> None:
    assert told(message, **values) == expected


def test_words_that_run_from_left_to_right_stand_apart_in_arabic() -> None:
    speak(translator("ar"))
    try:
        assert told("{name}: {count}", name="<Bourita>", count="3") == f"{ISOLATE}&lt;Bourita&gt;{POP}: 3"
        assert told("{name}", name=Markup("Bourita")) == "<bdi>Bourita</bdi>"
        assert told('<a href="{name}">x</a>', name="b&c") == '<a href="b&amp;c">x</a>'
    finally:
        speak(ENGLISH)
