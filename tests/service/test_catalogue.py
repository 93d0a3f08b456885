"""The catalogue's data holds together, and is found in by words, country, language, type and theme."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest

from crawler.urls import host_of
from service.catalogue.entries import KINDS, CatalogueQuery, catalogue, find_entries, packs
from storage.codes import country_code, country_name, language_code, language_name
from storage.outlet_types import TYPES


def test_each_entry_can_be_added_as_it_is() -> None:
    assert len(catalogue()) > 400
    for entry in catalogue():
        assert entry.name == entry.name.strip(), entry
        assert entry.name.isprintable(), entry
        assert (entry.kind in KINDS, entry.type in TYPES) == (True, True), entry
        assert language_code(entry.language) == entry.language, entry
        assert language_name(entry.language) != entry.language, entry
        assert not entry.country or country_code(entry.country) == entry.country, entry
        assert not entry.country or country_name(entry.country) != entry.country, entry
        for address in (entry.site, entry.address):
            assert host_of(address), entry
            assert address.isprintable(), entry
            assert " " not in address, entry
        assert urlsplit(entry.site).path, entry
        assert (entry.kind == "site") == (entry.address == entry.site), entry
        assert entry.country or entry.type in ("organisation", "wire"), entry


def test_no_two_entries_are_one() -> None:
    for what in ("name", "address"):
        counts = Counter(str(getattr(entry, what)).casefold() for entry in catalogue())
        assert [value for value, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        pytest.param(CatalogueQuery(country="MA", language="ar"), "Hespress", id="country and language"),
        pytest.param(CatalogueQuery("economiste"), "L'Économiste", id="without its accents"),
        pytest.param(
            CatalogueQuery("morocco foreign"), "Ministry of Foreign Affairs (Morocco)", id="country's name"
        ),
        pytest.param(CatalogueQuery("arabic", type="broadcaster"), "BBC News Arabic", id="language's name"),
        pytest.param(CatalogueQuery("gov.uk", type="government"), "HM Treasury", id="site"),
        pytest.param(CatalogueQuery(theme="energy", country="US"), "Utility Dive", id="theme"),
    ],
)
def test_entries_are_found(query: CatalogueQuery, name: str) -> None:
    found = find_entries(catalogue(), query)
    assert name in [entry.name for entry in found]
    assert len(found) < len(catalogue()) / 2


def test_packs_count_what_is_there() -> None:
    found = packs(catalogue())
    assert sum(count for _name, count in found.types) == len(catalogue())
    assert set(dict(found.types)) == set(TYPES)
    for code, count in found.countries:
        assert len(find_entries(catalogue(), CatalogueQuery(country=code))) == count
    assert find_entries(catalogue(), CatalogueQuery("nobody prints this")) == []
