"""Purchase orders: what is ordered from vendors, what is still to come, and what should be ordered next."""
