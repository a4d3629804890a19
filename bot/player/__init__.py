"""Plays conversations against the real stack on a throw-away database, for people and for tests."""
