"""Signs of a scam in a text, a link, a number or a code: pure, opens nothing, never raises on a text."""
