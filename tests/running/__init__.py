"""A shop that really runs: the application server in processes of its own, and tills that speak HTTP with it."""
