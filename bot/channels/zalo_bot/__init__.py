"""Zalo Bot Platform: a small bot for pilots, without buttons."""
