"""What `tocsin check` names as weak: settings that work, but let somebody read or do what they should not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from alerts.delivery.channels import channel_plugins
from service.channels import channel_context
from service.open_files import file_limit_warning
from service.settings.models import Settings
from storage.addresses import is_loopback, wide_networks
from storage.engine import parse_url


def weak_points(settings: Settings, path: Path) -> Iterator[str]:
    """Return a line for each weak point, with what would be better."""
    yield from _networks(settings)
    yield from _wires(settings)
    yield from dict.fromkeys(_channels(settings))
    yield from _files(settings, path)
    if warning := file_limit_warning():
        yield warning
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "tocsin runs as root, which it never needs: give it a user of its own (deploy/tocsin.service)"


def _networks(settings: Settings) -> Iterator[str]:
    yield from wide_networks("crawler.allow_networks", settings.crawler.allow_networks)
    if "example.org" in settings.crawler.user_agent:
        yield "crawler.user_agent still names example.org: outlets that want to complain can't reach you"


def _channels(settings: Settings) -> Iterator[str]:
    context = channel_context(settings)
    for channel in settings.channels:
        yield from channel_plugins()[channel.type].weak_points(channel, context)


def _wires(settings: Settings) -> Iterator[str]:
    web = settings.web
    is_open = not is_loopback(web.listen.rpartition(":")[0])
    if is_open and not web.public_url.startswith("https://"):
        yield (
            "web.listen is open to the network without https: passwords can be read on the way. "
            "Put a proxy with a certificate before it, and its address into web.public_url"
        )
    elif web.public_url.startswith("http://") and not is_loopback(urlsplit(web.public_url).hostname or ""):
        yield "web.public_url is http: passwords and links can be read on the way"
    if (
        is_open
        and web.public_url.startswith("https://")
        and all(net.is_loopback for net in web.trusted_proxies)
    ):
        yield (
            "web.trusted_proxies names no proxy but this machine, and web.listen is open to the network: where the proxy is on "
            "another machine, cookies are not marked Secure, and every reader's address is the proxy's. Name its address there"
        )
    for network in web.trusted_proxies:
        if not network.prefixlen:
            yield f"web.trusted_proxies: {network} believes everybody who says where they come from: name the proxy's address"
    issuer = urlsplit(web.oidc.issuer)
    if issuer.scheme == "http" and not is_loopback(issuer.hostname or ""):
        yield "web.oidc.issuer is http: whoever is on the way can sign in as anybody"
    imap = settings.imap
    if imap.host and imap.security == "none" and not is_loopback(imap.host):
        yield 'imap.security is "none": the password and every newsletter can be read on the way'


def _files(settings: Settings, path: Path) -> Iterator[str]:
    if _mode(path) & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"{path} may be changed by others on this machine: chmod go-w {path}"
    url = parse_url(settings.storage.url)
    if url.get_backend_name() == "sqlite" and url.database:
        for file in (Path(url.database + end) for end in ("", "-wal", "-shm")):
            if _mode(file) & stat.S_IRWXO:
                yield f"{file} holds sessions and secrets and may be read by others: chmod o-rwx {file}"
    for name, folder in (
        ("delivery.templates", settings.delivery.templates),
        ("crawler.page_rules", settings.crawler.page_rules),
    ):
        if folder and _mode(Path(folder)) & stat.S_IWOTH:
            yield f"{name}: everybody on this machine may change {folder}: chmod o-w {folder}"


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
