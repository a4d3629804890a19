"""Whether consumers are served: every day's messages add up, and who must be called is called."""
