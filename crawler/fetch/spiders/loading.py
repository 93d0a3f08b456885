"""Finding a user's spider: by module and class, by a file, or by an entry point of `tocsin.spiders`."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import scrapy

GROUP = "tocsin.spiders"

_loading = threading.Lock()
_files: dict[Path, tuple[int, ModuleType]] = {}
"""Modules of files by their path, with when the file was changed: an edited spider is read again at its next run."""


class SpiderNotLoadedError(Exception):
    """The spider is not there, or its module raised as it was imported; the message says what would be right."""


def load_spider(name: str) -> type[scrapy.Spider]:
    """Return the spider's class. Raises `SpiderNotLoadedError`."""
    try:
        return _find(name)
    except SpiderNotLoadedError:
        raise
    except SyntaxError as error:
        raise SpiderNotLoadedError(
            f"{Path(error.filename or name).name}, line {error.lineno}: {error.msg}"
        ) from error
    except ModuleNotFoundError as error:
        raise SpiderNotLoadedError(
            f"no module named {error.name!r}: install its package into Tocsin's environment, or name the spider's file"
        ) from error
    except Exception as error:  # a user's module may raise anything as it is imported
        raise SpiderNotLoadedError(f"{type(error).__name__}: {error}") from error


def _find(name: str) -> type[scrapy.Spider]:
    path, part = split_name(name)
    if path.endswith(".py"):
        return _choose(_module_of_file(Path(path)), part)
    if not part:
        points = entry_points(group=GROUP, name=path)
        if points:
            return _checked(next(iter(points)).load(), name)
        if "." not in path:
            known = ", ".join(sorted(point.name for point in entry_points(group=GROUP))) or "none"
            raise SpiderNotLoadedError(
                f"no entry point {path!r} in the group {GROUP} (installed: {known}); a spider is named as "
                "package.module:Class, by its file (spiders/name.py), or by an entry point"
            )
    return _choose(import_module(path), part)


def split_name(name: str) -> tuple[str, str]:
    """Return the module, file or entry point that a spider's name begins with, and the class that it ends with, if any."""
    path, colon, part = name.rpartition(":")
    return (path, part) if colon else (name, "")


def is_file(name: str) -> bool:
    """Return whether the name is that of a file."""
    return split_name(name)[0].endswith(".py")


def _choose(module: ModuleType, part: str) -> type[scrapy.Spider]:
    """Return the spider of a module that is called `part`, by its class or its own name; without `part`, the only one."""
    where = Path(module.__file__ or module.__name__).name
    named = getattr(module, part, None) if part else None
    if named is not None:
        return _checked(named, f"{where}:{part}")
    spiders = {
        value.__name__: value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, scrapy.Spider)
        and value.__module__ == module.__name__
    }
    if part:
        spiders = {
            name: spider for name, spider in spiders.items() if getattr(spider, "name", None) == part
        } or spiders
    found = list(spiders.values())
    if len(found) == 1 and (not part or getattr(found[0], "name", None) == part):
        return found[0]
    there = ", ".join(spiders) or "none"
    if part:
        raise SpiderNotLoadedError(f"{where} has no spider {part!r}; its spiders: {there}")
    raise SpiderNotLoadedError(f"name one spider of {where} after a colon; its spiders: {there}")


def _checked(value: object, name: str) -> type[scrapy.Spider]:
    if isinstance(value, type) and issubclass(value, scrapy.Spider):
        return value
    raise SpiderNotLoadedError(f"{name} is not a subclass of scrapy.Spider")


def _module_of_file(path: Path) -> ModuleType:
    """Return the module of a file, read anew where it has changed. What it imports may stand beside it."""
    path = path.expanduser().resolve()
    if not path.is_file():
        raise SpiderNotLoadedError(f"there is no file {path}")
    changed = path.stat().st_mtime_ns
    with _loading:
        known = _files.get(path)
        if known is not None and known[0] == changed:
            return known[1]
    digest = hashlib.blake2b(f"{path} {changed}".encode(), digest_size=8).hexdigest()
    found = spec_from_file_location(f"_spider_{digest}_{path.stem}", path)
    if found is None or found.loader is None:
        raise SpiderNotLoadedError(f"{path} can't be imported")
    module = module_from_spec(found)
    with _importable(path.parent, module):
        found.loader.exec_module(module)
    with _loading:
        if known is not None:
            sys.modules.pop(known[1].__name__, None)
        _files[path] = (changed, module)
    return module


@contextmanager
def _importable(folder: Path, module: ModuleType) -> Iterator[None]:
    """Let a file's module import its neighbours while it is read, and be found under its own name."""
    sys.modules[module.__name__] = module  # dataclasses and pickling look there
    sys.path.insert(0, str(folder))
    try:
        yield
    except BaseException:
        sys.modules.pop(module.__name__, None)
        raise
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
