"""The commands of `ntd`, one module each; each imports what it needs when it runs, so that --help is quick."""
