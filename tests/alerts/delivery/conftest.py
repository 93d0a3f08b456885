"""What the tests of delivery need around them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.alerts.delivery.opened import OPENED
from tests.certificates import Certificate, make_certificate


@pytest.fixture(autouse=True)
async def closes_channels() -> AsyncIterator[None]:
    """Close the channels that the test opened."""
    yield
    while OPENED:
        await OPENED.pop().aclose()


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
