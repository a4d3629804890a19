"""Complaints: filing, hand-off to agencies, deadlines, officers' work on them, evidence."""
