"""Finding a user's spider: by module and class, by a file, or by an entry point of `tocsin.spiders`."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from contextlib import contextmanager
from importlib import import_module, reload
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
        project_of(name)
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


def project_of(name: str) -> str | None:
    """Return the module of settings of the Scrapy project (scrapy.cfg) in which a spider's file stands, made importable.

    None for a spider that is no file, or stands in no project. Raises `SpiderNotLoadedError`.
    """
    root = _project_root(Path(split_name(name)[0])) if is_file(name) else None
    if root is None:
        return None
    config = ConfigParser()
    try:
        config.read(root / "scrapy.cfg", encoding="utf-8")
    except (ConfigParserError, UnicodeDecodeError) as error:
        raise SpiderNotLoadedError(f"{root / 'scrapy.cfg'} can't be read: {error}") from error
    if str(root) not in sys.path:
        sys.path.append(str(root))  # last: what is installed comes first
    return config.get("settings", "default", fallback=None)


def _project_root(path: Path) -> Path | None:
    parents = path.expanduser().resolve().parents
    return next((folder for folder in parents if (folder / "scrapy.cfg").is_file()), None)


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
    with _loading:  # never while a module is read, which may not come to its end
        known = _files.get(path)
    if known is not None and known[0] == changed:
        return known[1]
    module = _module_in_project(path, again=known is not None) or _module_apart(path, changed)
    with _loading:
        if known is not None and known[1] is not module:
            sys.modules.pop(known[1].__name__, None)
        _files[path] = (changed, module)
    return module


def _module_apart(path: Path, changed: int) -> ModuleType:
    """Return the module of a file that belongs to no package, under a name of its own."""
    digest = hashlib.blake2b(f"{path} {changed}".encode(), digest_size=8).hexdigest()
    found = spec_from_file_location(f"_spider_{digest}_{path.stem}", path)
    if found is None or found.loader is None:
        raise SpiderNotLoadedError(f"{path} can't be imported")
    module = module_from_spec(found)
    with _importable(path.parent, module):
        found.loader.exec_module(module)
    return module


def _module_in_project(path: Path, *, again: bool) -> ModuleType | None:
    """Return the module of a Scrapy project's file by its name there, so that it may import by `from ..items`; else None."""
    root = _project_root(path)
    if root is None or not (path.parent / "__init__.py").exists():
        return None
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    module = import_module(name)
    if module.__file__ is None or Path(module.__file__).resolve() != path:  # of another project, called alike
        return None
    return reload(module) if again else module


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
