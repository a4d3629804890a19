"""The web chat: a page for phones, an anonymous session, the transcript as its mailbox."""
