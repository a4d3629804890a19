"""The fault harness: `python -m scripts.faults`. What it does and how to read it: docs/faults.md."""
