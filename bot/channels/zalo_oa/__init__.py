"""Zalo Official Account: OpenAPI v3, signed webhook, tokens that rotate."""
