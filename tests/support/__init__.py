"""What tests stand on: a real PostgreSQL, a real Redis, a real browser, emulated platforms."""
