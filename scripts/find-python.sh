#!/bin/sh
# Prints a Python that is new enough. A name on PATH may be a shim of a version that is not installed, so each
# candidate is run before it is believed.
for candidate in "$@" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
found=$(python3 --version 2>/dev/null) || found="no Python 3"
echo "ntd needs Python 3.11 or newer and found $found: install one (for example python3.12), or name it: make setup PYTHON=/path/to/python3" >&2
exit 1
