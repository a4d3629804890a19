"""Alembic's environment (`env.py`) and one module per migration (`versions`)."""
