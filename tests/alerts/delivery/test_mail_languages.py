"""Mails in the channel's language: nothing untranslated, mirrored where the language is, reasons of updates in words of it."""

from __future__ import annotations

import pytest

from alerts.delivery.payload import Message
from alerts.delivery.render import DEFAULT, Reader, Renderer
from service.locale import translator
from storage.reasons import MoreOutlets, NameJoined, Spike
from tests.alerts.delivery import samples
from tests.alerts.delivery.samples import alert_data, digest_data, message
from tests.pseudo import PSEUDO, escaped, outside_brackets, shown_in

READER = Reader(unsubscribe="https://tocsin.example/unsubscribe/1")
DATA = "\n".join(
    (
        *(samples.ENGLISH.title, samples.ENGLISH.text, "Example Gazette", samples.WATCH_LIST),
        *(
            samples.ARABIC.text,
            samples.BOURITA,
            samples.PLAN,
            "Example News Agency",
            "press-desk",
            "Sahel",
            "Re",
        ),
        *(
            "Example Herald",
            "UN envoy meets Bourita in Rabat",
            "Western Sahara",
            "NEAR",
            "autonomy",
            "Morocco",
            "United Nations",
        ),
    )
)


def told() -> list[Message]:
    alert = alert_data()
    update = alert.model_copy(
        update={"reasons": (MoreOutlets(3, 1), NameJoined(samples.BOURITA), Spike(samples.BOURITA, 9, 2.5))}
    )
    return [message(alert), message(update, kind="alert.updated"), message(digest_data())]


@pytest.mark.parametrize("sent", told(), ids=["alert", "update", "digest"])
def test_nothing_in_a_mail_escapes_translation(sent: Message) -> None:
    renderer = DEFAULT.told_in("Africa/Casablanca", PSEUDO)
    text, html = renderer.both(sent, READER)
    assert escaped(iter(outside_brackets(text).splitlines()), DATA) == []
    assert escaped(shown_in(html), DATA) == []


def test_a_mail_in_arabic_is_mirrored() -> None:
    html = arabic().html(message())
    assert '<html lang="ar" dir="rtl">' in html
    assert 'align="right"' in html
    assert "لماذا تصلك هذه الرسالة" in html
    assert "الدار البيضاء" in html


def test_an_update_says_why_in_the_channels_language() -> None:
    update = alert_data().model_copy(update={"changes": ("3 outlets",), "reasons": (MoreOutlets(3, 1),)})
    assert "جديد: تنقله 3 وسائل؛ وكانت 1 قبل ذلك" in arabic().text(message(update))
    french = DEFAULT.told_in("UTC", translator("fr")).text(message(update))
    assert "3 médias en parlent ; 1 auparavant" in french


def test_what_an_earlier_version_queued_has_its_words() -> None:
    update = alert_data().model_copy(update={"changes": ("Gazette changed its article",), "reasons": ()})
    assert "Gazette changed its article" in arabic().text(message(update))


def arabic() -> Renderer:
    return DEFAULT.told_in("Africa/Casablanca", translator("ar"))
