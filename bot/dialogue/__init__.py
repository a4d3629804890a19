"""One turn: what came in, what it means, what is done, what goes out, in one transaction."""
