"""What is installed for a group of entry points: found once, judged one by one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from storage.entry_points import FailedPlugin, Plugin, installed, installed_one
from tests.fake_packages import install_package


def check_number(value: object) -> None:
    if not isinstance(value, int):
        raise TypeError(f"is no number but {type(value).__name__}")


@pytest.fixture
def group(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A group that no other test asks for: what was found is kept for the process."""
    monkeypatch.syspath_prepend(tmp_path)
    return "tests." + re.sub(r"\W", "_", request.node.name)


def test_each_plugin_is_named_with_its_package_and_version(group: str, tmp_path: Path) -> None:
    install_package(
        tmp_path,
        "numbers-of-a-desk",
        version="2.1",
        entry_points={group: {"seven": "desk_numbers:SEVEN"}},
        modules={"desk_numbers": "SEVEN = 7"},
    )
    found = installed(group, check_number)
    assert found.plugins == (Plugin(group, "seven", "numbers-of-a-desk", "2.1", 7),)
    assert found.failed == ()
    assert found.by_name() == {"seven": 7}


@pytest.mark.parametrize(
    ("target", "error"),
    [
        pytest.param("no_such_module_of_ours:X", "ModuleNotFoundError: No module named", id="no module"),
        pytest.param("odd_module:MISSING", "AttributeError: ", id="no such name in it"),
        pytest.param("odd_module:TEXT", "TypeError: is no number but str", id="of another kind"),
        pytest.param(
            "raising_module:X", "ZeroDivisionError: division by zero", id="raises as it is imported"
        ),
    ],
)
def test_one_that_does_not_load_is_named_and_the_others_work(
    group: str, tmp_path: Path, target: str, error: str
) -> None:
    install_package(
        tmp_path,
        "odd",
        entry_points={group: {"odd": target, "good": "odd_module:GOOD"}},
        modules={"odd_module": "GOOD = 1\nTEXT = 'a'", "raising_module": "1 / 0"},
    )
    found = installed(group, check_number)
    assert found.by_name() == {"good": 1}
    (failed,) = found.failed
    assert (failed.name, failed.package, failed.version) == ("odd", "odd", "1.0")
    assert failed.error.startswith(error)


def test_a_name_belongs_to_us_then_to_the_first_package(group: str, tmp_path: Path) -> None:
    modules = {"a_numbers": "ONE = 1", "b_numbers": "TWO = 2", "our_numbers": "THREE = 3"}
    for package, points in (
        ("b-desk", {"x": "b_numbers:TWO", "y": "b_numbers:TWO"}),
        ("a-desk", {"x": "a_numbers:ONE", "y": "a_numbers:ONE"}),
        ("tocsin", {"x": "our_numbers:THREE"}),
    ):
        install_package(tmp_path / package, package, entry_points={group: points}, modules=modules)
    with pytest.MonkeyPatch.context() as patch:
        for package in ("b-desk", "a-desk", "tocsin"):
            patch.syspath_prepend(tmp_path / package)
        found = installed(group, check_number)
    assert found.by_name() == {"x": 3, "y": 1}
    assert [plugin.package for plugin in found.plugins] == ["tocsin", "a-desk"]
    assert found.failed == (
        FailedPlugin(group, "x", "a-desk", "1.0", "TypeError: the name 'x' is taken by tocsin"),
        FailedPlugin(group, "x", "b-desk", "1.0", "TypeError: the name 'x' is taken by tocsin"),
        FailedPlugin(group, "y", "b-desk", "1.0", "TypeError: the name 'y' is taken by a-desk"),
    )


def test_a_group_is_read_once_a_process(group: str, tmp_path: Path) -> None:
    before = installed(group, check_number)
    install_package(tmp_path, "late", entry_points={group: {"late": "late:L"}}, modules={"late": "L = 1"})
    assert installed(group, check_number) is before
    assert before.plugins == ()


def test_one_is_loaded_without_the_others(group: str, tmp_path: Path) -> None:
    install_package(
        tmp_path,
        "numbers",
        entry_points={group: {"odd": "lone_odd:ODD", "good": "lone_good:GOOD", "dear": "lone_dear:DEAR"}},
        modules={"lone_odd": "ODD = 'a'", "lone_good": "GOOD = 1", "lone_dear": "DEAR = 2"},
    )
    assert installed_one(group, "good", check_number) == 1
    assert installed_one(group, "odd", check_number) is None
    assert installed_one(group, "missing", check_number) is None
    assert "lone_dear" not in sys.modules
