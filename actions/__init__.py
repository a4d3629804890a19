"""What the bot can do: one module per action, each a pure function of a turn and the ports it needs."""
