"""Telegram: long polling or a webhook, private chats only."""
