"""Learning from use: what was not understood, labelled by officers, and the model that comes of it."""
