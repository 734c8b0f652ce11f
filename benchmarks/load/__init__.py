"""A busy Saturday: four stores with four registers each, goods coming in and going between, counts and reports."""
