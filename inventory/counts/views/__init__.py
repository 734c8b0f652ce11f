"""The pages of stock counts: the list, counting on a phone or at a till, and the review."""
