"""Which addresses may be dialled."""

from __future__ import annotations

import socket
from ipaddress import ip_network

import pytest

from storage.addresses import RefusedAddressError, guarded_socket, is_allowed


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.0.0.1", id="private"),
        pytest.param("169.254.169.254", id="a cloud's metadata"),
        pytest.param("100.64.0.1", id="a provider's own"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("::1", id="loopback of IPv6"),
        pytest.param("fd00::1", id="private of IPv6"),
        pytest.param("fe80::1%eth0", id="link-local with its zone"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("2001:0:4136:e378:8000:63bf:80ff:fffe", id="Teredo of 127.0.0.1"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 of 127.0.0.1"),
        pytest.param("64:ff9b::a00:1", id="NAT64 of 10.0.0.1"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 of a cloud's metadata"),
    ],
)
def test_private_address_is_refused_however_it_is_carried(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "64:ff9b::5db8:d70e"])
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address, ())


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_network_that_is_listed_is_allowed_however_it_is_carried(address: str) -> None:
    assert is_allowed(address, (ip_network("127.0.0.0/8"),))


def test_no_socket_is_made_for_nat64_of_a_private_address() -> None:
    info = (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("64:ff9b::7f00:1", 80, 0, 0))
    with pytest.raises(RefusedAddressError, match="64:ff9b::7f00:1 is not a public address"):
        guarded_socket(())(info)
