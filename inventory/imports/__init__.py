"""Taking in lists that other systems wrote: reading, naming columns, dry run, applying.

`reading` and `columns` know files, `values` knows cells, `kinds` knows what a list can be of (products here; an app
above adds its own), `operations` stages, checks and applies.
"""
