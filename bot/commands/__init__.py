"""The commands of `ntd`, one module each."""
