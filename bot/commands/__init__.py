"""The commands of `ntd`, one module each. Each imports what it needs when it runs: --help is quick."""
