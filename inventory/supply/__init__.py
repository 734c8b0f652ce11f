"""Where products are bought and when they are ordered again."""
