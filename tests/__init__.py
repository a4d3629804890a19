"""Tests mirror the packages; a test that cannot fail is a defect."""
