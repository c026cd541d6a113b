"""Use cases: load, decide, act, record; every transaction is owned here."""
