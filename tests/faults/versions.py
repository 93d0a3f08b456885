"""The version before this one, as the repository's history has it: the tree before its newest migration."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

from storage.migrate import VERSIONS, newest_revision
from tests.faults.kept import ROOT


def version_before(folder: Path) -> Path:
    """Put the tree before the newest migration into a folder, where it is not there yet; return the folder.

    Raises `LookupError` where the history does not reach there (`git fetch --unshallow` brings it).
    """
    if folder.exists():
        return folder
    (migration,) = VERSIONS.glob(f"{newest_revision()}_*.py")
    path = migration.relative_to(ROOT)
    added = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", str(path))
    before = _in_line(f"{added}^" if added else "HEAD")  # HEAD: it is not committed yet
    archive = folder.with_suffix(".tar")
    _git("archive", "--format=tar", f"--output={archive}", before)
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    archive.unlink()
    if (folder / path).exists():
        raise LookupError(f"{before} has {path} already: it is not the version before")
    return folder


def _in_line(newest: str) -> str:
    """Return the newest commit up to this one that has only migrations of now: one may have been numbered anew later."""
    folder = f"{VERSIONS.relative_to(ROOT)}/"
    known = {path.name for path in VERSIONS.iterdir()}
    for commit in _git("rev-list", newest).splitlines():
        names = _git("ls-tree", "--name-only", commit, folder).splitlines()
        if {Path(name).name for name in names} <= known:
            return commit
    raise LookupError(f"no commit up to {newest} has only migrations that are there now")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ("git", "-C", str(ROOT), *arguments), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise LookupError(
            f"the version before can't be taken from the repository's history: {said}"
        ) from error
    return done.stdout.strip()
