"""A day of a shop of four stores, replayed from files through the operations. See docs/replay.md."""
