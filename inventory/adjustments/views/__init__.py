"""The Stock tab of the product record, the adjustments themselves, and their reasons under Settings."""
