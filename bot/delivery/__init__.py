"""The ledger of everything that leaves, and the protocol that channels implement."""
