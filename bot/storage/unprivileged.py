"""Who runs the embedded PostgreSQL, and where its files can lie, when `ntd` itself is started by root.

PostgreSQL refuses to run as root. It then runs under a user id that nothing else on the machine uses: no
other service shares its files, and no account has to be created. That user may be unable to enter the folders
above the data or above the programs (/root is the usual case). Opening those folders would expose everything
else in them, so the files go to /var/lib/ntd instead. For everybody but root nothing of this applies.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

ELSEWHERE = Path("/var/lib/ntd")
LOCATION_NOTE = "location"
FIRST_UID, UIDS = 61184, 4335  # the range that Linux distributions keep for passing, nameless users


class UnprivilegedError(RuntimeError):
    """No user or no place could be found; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a PostgreSQL program runs as; `uid` None: as ourselves."""

    uid: int | None = None

    def run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            cwd="/",
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
        )

    def can_enter(self, folder: Path) -> bool:
        return self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            return self.run(command).returncode == 0
        except PermissionError:
            return False

    def give(self, path: Path) -> None:
        """Makes `path`, and all below it, this identity's own."""
        if self.uid is None:
            return
        for folder, names, files in os.walk(path):
            for name in [*names, *files]:
                os.chown(Path(folder) / name, self.uid, self.uid, follow_symlinks=False)
        os.chown(path, self.uid, self.uid, follow_symlinks=False)


def server_identity(cluster: Path) -> Identity:
    """The owner of an existing cluster, or a free user id."""
    if os.geteuid() != 0:
        return Identity()
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Identity(cluster.stat().st_uid)
    taken = _running_uids()
    start = int.from_bytes(hashlib.sha256(str(cluster).encode()).digest()[:4], "big")
    for step in range(UIDS):
        uid = FIRST_UID + (start + step) % UIDS
        if uid not in taken and not _has_name(uid):
            return Identity(uid)
    raise UnprivilegedError("no free user id is left for the embedded PostgreSQL: set DATABASE_URL")


def initdb_identity(server: Identity) -> Identity:
    """initdb alone insists on a user that has a name; what it made changes hands afterwards."""
    if server.uid is None:
        if not _has_name(os.geteuid()):
            raise UnprivilegedError(
                f"user id {os.geteuid()} has no entry in /etc/passwd, which PostgreSQL's initdb needs: "
                "add one, or set DATABASE_URL"
            )
        return server
    for account in sorted(pwd.getpwall(), key=lambda account: (account.pw_name != "nobody", -account.pw_uid)):
        if account.pw_uid != 0:
            return Identity(account.pw_uid)
    raise UnprivilegedError("this machine has no user but root, which PostgreSQL refuses: set DATABASE_URL")


def reachable_folder(folder: Path) -> Path:
    """`folder`, or its stand-in under /var/lib/ntd where that user cannot enter (noted in a file)."""
    if os.geteuid() != 0:
        return folder
    note = folder / LOCATION_NOTE
    if note.exists():
        return Path(note.read_text(encoding="utf-8").strip())
    if server_identity(folder / "cluster").can_enter(folder):
        return folder
    elsewhere = ELSEWHERE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    if elsewhere.exists():  # of a data folder that is gone, keys and all: nothing could read it any more
        aside = elsewhere.with_name(f"{elsewhere.name}.old-{int(time.time())}")
        elsewhere.rename(aside)
        log.warning("an older database of this folder was moved to %s", aside)
    _make_public(elsewhere)
    note.write_text(f"{elsewhere}\n", encoding="utf-8")
    return elsewhere


def reachable_programs(programs: Path, server: Identity) -> Path:
    """`programs` (a `bin` folder of the wheel), or that of a copy of the wheel that `server` can run."""
    if server.can_run(programs / "postgres"):
        return programs
    installed, package = programs.parent, programs.parent.parent
    mark = hashlib.sha256(f"{installed}{_mark(programs)}".encode()).hexdigest()[:12]
    copy = ELSEWHERE / f"postgresql-{mark}"
    if not copy.exists():
        _make_public(ELSEWHERE)
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(installed, fresh / package.name / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by their place relative to the programs
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        fresh.rename(copy)
    copied = copy / package.name / installed.name / programs.name
    if not server.can_run(copied / "postgres"):
        raise UnprivilegedError(
            f"PostgreSQL's programs in {programs} do not run here: install PostgreSQL and set DATABASE_URL"
        )
    return copied


def _mark(programs: Path) -> str:
    status = (programs / "postgres").stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def _make_public(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in {folder, ELSEWHERE}:
            each.chmod(0o711)
    except OSError as error:
        raise UnprivilegedError(
            "PostgreSQL cannot run as root, and its own user can enter neither the data folder nor "
            f"{ELSEWHERE} ({error.strerror}): set NTD_DATA_DIR to a folder open to others, or DATABASE_URL"
        ) from error


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _running_uids() -> set[int]:
    """User ids of running processes; empty where there is no /proc."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found.add(entry.stat().st_uid)
        except OSError:
            continue
    return found
