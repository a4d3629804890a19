"""Hand-offs leave for agencies by e-mail and webhook, and agencies' own systems read and answer (Open311)."""
