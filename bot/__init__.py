"""Everything that touches the world: channels, dialogue, cases, delivery, console, storage."""
