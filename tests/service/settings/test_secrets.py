"""Secrets by reference, warnings of those that lie open, and the weak points that `tocsin check` names."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from alerts.delivery.channels.apprise import AppriseSettings
from alerts.delivery.channels.webhook.settings import WebhookSettings
from service.logs import configure_logging, without_secrets
from service.settings import SettingsError, load_settings
from service.settings.weak import weak_points

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
CHANNEL = '[[channels]]\nname = "h"\ntype = "webhook"\nurl = "https://h.example/x"\n'


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def test_secrets_come_from_files(tmp_path: Path, secret: Path) -> None:
    settings, warnings = load_settings(
        write(
            tmp_path,
            f'[storage]\nurl = "postgresql://tocsin@db/tocsin"\npassword_file = "{secret}"\n'
            f'[smtp]\npassword_file = "{secret}"\n[imap]\nhost = "m.example"\npassword_file = "{secret}"\n'
            f'{CHANNEL}secret_file = "{secret}"\n'
            f'[[channels]]\nname = "a"\ntype = "apprise"\nurl_file = "{secret}"\n',
        )
    )
    webhook, apprise = settings.channels
    assert settings.smtp.password.get_secret_value() == settings.imap.password.get_secret_value() == SECRET
    assert settings.storage.url == f"postgresql://tocsin:{SECRET}@db/tocsin"
    assert isinstance(webhook, WebhookSettings)
    assert webhook.all_secrets == (SECRET,)
    assert isinstance(apprise, AppriseSettings)
    assert apprise.url.get_secret_value() == SECRET
    assert warnings == ()
    assert SECRET not in repr(settings)


def test_environment_may_name_the_file(tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SMTP__PASSWORD_FILE", str(secret))
    settings, _warnings = load_settings(write(tmp_path, ""))
    assert settings.smtp.password.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        pytest.param(
            "[smtp]\npassword_file = '{}/none'", ":2 smtp.password_file", "can't be read: No such", id="gone"
        ),
        pytest.param("[smtp]\npassword_file = '{}/empty'", ":2 smtp.password_file", "is empty", id="empty"),
        pytest.param(
            "[smtp]\npassword = 'x'\npassword_file = '{}/secret'",
            ":3 smtp.password_file",
            "password is given too",
            id="twice",
        ),
        pytest.param(
            CHANNEL + "secret_file = '{}/none'",
            ":5 channels[0].secret_file",
            "can't be read",
            id="of a channel",
        ),
        pytest.param(
            "[storage]\nurl = 'postgresql://u:p@h/d'\npassword_file = '{}/secret'",
            ":3 storage.password_file",
            "the url holds a password too",
            id="in the url too",
        ),
    ],
)
def test_file_that_gives_none_is_named_once(
    tmp_path: Path, secret: Path, text: str, place: str, message: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text.format(tmp_path)))
    (problem,) = caught.value.problems
    assert problem.where.endswith(place)
    assert message in problem.message


def test_secret_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, f"{CHANNEL}secret_file = '{tmp_path}/secret'"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602])
def test_secret_that_lies_open_is_warned_of(tmp_path: Path, secret: Path, mode: int) -> None:
    secret.chmod(mode)
    _settings, warnings = load_settings(write(tmp_path, f"[smtp]\npassword_file = '{secret}'"))
    assert [f"chmod 600 {secret}" in warning for warning in warnings] == [True]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[smtp]\npassword = 'x'", id="password"),
        pytest.param(f"{CHANNEL}secret = '{SECRET}'", id="signing secret"),
        pytest.param("[storage]\nurl = 'postgresql://u:p@h/d'", id="in the database's address"),
        pytest.param("[[channels]]\nname = 'a'\ntype = 'apprise'\nurl = 'json://h.example/t'", id="apprise"),
    ],
)
def test_file_with_secrets_that_everybody_may_read_is_warned_of(tmp_path: Path, text: str) -> None:
    _settings, closed = load_settings(write(tmp_path, text, 0o640))
    _settings, warnings = load_settings(write(tmp_path, text, 0o644))
    assert closed == ()
    assert ["holds secrets and may be read by everybody" in warning for warning in warnings] == [True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "[web]\nlisten = '0.0.0.0:80'", "web.listen is open to the network without https", id="open page"
        ),
        pytest.param(
            "[web]\npublic_url = 'http://t.example'", "web.public_url is http", id="page without https"
        ),
        pytest.param("[crawler]\nallow_networks = ['0.0.0.0/0']", "0.0.0.0/0 lets feeds", id="every network"),
        pytest.param("[crawler]\nallow_networks = ['::/0']", "::/0 lets feeds", id="every network of IPv6"),
        pytest.param(
            f"{CHANNEL}secret = '{SECRET}'\nallow_networks = ['0.0.0.0/4']",
            "of channel 'h'",
            id="network of a channel",
        ),
        pytest.param(
            f"{CHANNEL.replace('https', 'http')}secret = '{SECRET}'",
            "channel 'h' is http",
            id="webhook without https",
        ),
        pytest.param(
            "[smtp]\nhost = 'm.example'\nsecurity = 'none'\nusername = 'u'\n"
            "[[channels]]\nname = 'd'\ntype = 'email'\nto = ['a@b.example']",
            "the password and every mail can be read",
            id="mail in the clear",
        ),
        pytest.param(
            "[imap]\nhost = 'm.example'\nsecurity = 'none'",
            "the password and every newsletter can be read",
            id="mailbox in the clear",
        ),
        pytest.param("", "still names example.org", id="user agent as shipped"),
        pytest.param(
            "[web]\nlisten = '0.0.0.0:80'\npublic_url = 'https://t.example'",
            "web.trusted_proxies names no proxy but this machine",
            id="a proxy elsewhere",
        ),
        pytest.param(
            "[web]\ntrusted_proxies = ['0.0.0.0/0']", "0.0.0.0/0 believes everybody", id="everybody a proxy"
        ),
    ],
)
def test_weak_point_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    settings, _warnings = load_settings(path)
    assert any(words in weak for weak in weak_points(settings, path))


def test_strong_settings_have_no_weak_point(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"[storage]\nurl = 'sqlite:///{tmp_path}/t.db'\n"
        "[crawler]\nuser_agent = 'Desk (+https://desk.example)'\nallow_networks = ['10.1.2.0/24']\n"
        "[web]\nlisten = '0.0.0.0:80'\npublic_url = 'https://t.example'\ntrusted_proxies = ['10.1.2.3/32']\n"
        f"{CHANNEL}secret = '{SECRET}'\n"
        f"[[channels]]\nname = 'l'\ntype = 'webhook'\nurl = 'http://127.0.0.1:1/'\nsecret = '{SECRET}'\n",
    )
    settings, _warnings = load_settings(path)
    assert [weak for weak in weak_points(settings, path) if "runs as root" not in weak] == []


def test_files_that_others_may_change_or_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.db").touch()
    (tmp_path / "t.db").chmod(0o644)
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails").chmod(0o777)
    text = f"[storage]\nurl = 'sqlite:///{tmp_path}/t.db'\n[delivery]\ntemplates = '{tmp_path}/mails'\n"
    path = write(tmp_path, text, 0o660)
    settings, _warnings = load_settings(path)
    named = "\n".join(weak_points(settings, path))
    assert f"chmod go-w {path}" in named
    assert f"chmod o-rwx {tmp_path}/t.db" in named
    assert f"may change {tmp_path}/mails" in named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:hunter2@h.example/rss: HTTP 500", "http://***@h.example/rss: HTTP 500"),
        (f"bad signature for {SECRET}", "bad signature for whsec_***"),
        ("Bearer tocsin_abcdefghijkl0123", "Bearer tocsin_***"),
        (
            "mail to desk@press.example of https://h.example/a@b",
            "mail to desk@press.example of https://h.example/a@b",
        ),
    ],
)
def test_what_is_logged_shows_no_secret(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize("as_json", [False, True])
def test_fault_is_logged_without_the_values_it_met(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    before = structlog.get_config()
    try:
        configure_logging(as_json=as_json)
        password = "hunter2"
        try:
            raise KeyError(f"no such channel: http://user:{password}@h.example/")
        except KeyError:
            structlog.get_logger("test").exception("a fault", secret=SECRET)
    finally:
        structlog.configure(**before)
    logged = capsys.readouterr().err
    assert "Traceback" in logged
    assert "http://***@h.example/" in logged
    assert "hunter2" not in logged
    assert SECRET not in logged


OUTLET = '[[outlets]]\nname = "G"\nsite = "https://g.example"\n'


def test_outlets_secrets_are_read_from_files_when_they_are_used(tmp_path: Path, secret: Path) -> None:
    access = f'login = {{ url = "https://g.example/in", form = {{ user = "desk", password_file = "{secret}" }} }}\n'
    access += f'basic = {{ user = "desk", password_file = "{secret}" }}\n'
    settings, warnings = load_settings(write(tmp_path, OUTLET + access))
    login, basic = settings.outlets[0].login, settings.outlets[0].basic
    assert login is not None
    assert basic is not None
    assert (login.values(), basic.secret()) == ({"user": "desk", "password": SECRET}, SECRET)
    secret.write_text("another\n")
    assert (login.values()["password"], basic.secret()) == ("another", "another")
    assert warnings == ()
    assert "another" not in repr(settings)


@pytest.mark.parametrize(
    "access",
    [
        pytest.param('basic = { user = "desk", password = "hush-hush" }', id="basic"),
        pytest.param('login = { url = "https://g.example/in", form = { user = "hush-hush" } }', id="login"),
        pytest.param('headers = { "X-Api-Key" = "hush-hush" }', id="headers"),
    ],
)
def test_file_with_an_outlets_secret_is_not_for_everybody(tmp_path: Path, access: str) -> None:
    settings, (warning,) = load_settings(write(tmp_path, OUTLET + access, mode=0o644))
    assert "holds secrets and may be read by everybody" in warning
    assert "hush-hush" not in repr(settings)


def test_outlets_secret_that_lies_open_is_warned_of(tmp_path: Path, secret: Path) -> None:
    secret.chmod(0o644)
    access = f'basic = {{ user = "desk", password_file = "{secret}" }}'
    _settings, (warning,) = load_settings(write(tmp_path, OUTLET + access))
    assert f"{secret} holds a secret and may be read" in warning


@pytest.mark.parametrize(
    ("access", "words"),
    [
        pytest.param('basic = { user = "desk" }', "give password or password_file", id="no password"),
        pytest.param(
            'basic = { user = "a:b", password = "open" }', "a user name can't hold a colon", id="a colon"
        ),
        pytest.param('login = { url = "https://g.example/in", form = {} }', "give its fields", id="no field"),
        pytest.param(
            'login = { url = "https://g.example/in", form = { p = "open", p_file = "nowhere" } }',
            "only one of them may be",
            id="twice",
        ),
        pytest.param(
            'login = { url = "https://g.example/in", form = { p_file = "nowhere" } }',
            "nowhere can't be read",
            id="no file",
        ),
        pytest.param(
            'login = { url = "https://g.example/in", from = { p = "open" } }', "form", id="misspelt"
        ),
        pytest.param(
            'user_agent = "A"\nheaders = { "User-Agent" = "B" }', "given as a header too", id="two agents"
        ),
        pytest.param('certificates = "none"', "not certificates", id="no certificates"),
    ],
)
def test_mistake_in_an_outlets_access_is_named(tmp_path: Path, access: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, OUTLET + access))
    said = str(caught.value).replace(str(tmp_path), "")
    assert words in said
    assert "open" not in said
