"""Labels for products and for single units: what stands on them, how they lie on paper, and the paper itself."""
