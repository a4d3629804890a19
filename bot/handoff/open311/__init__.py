"""Open311 GeoReport v2: agencies' systems and call centres read cases, file them, and return states."""
