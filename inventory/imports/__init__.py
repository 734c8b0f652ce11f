"""Taking in lists that other systems wrote: reading, naming columns, dry run, applying.

`formats`, `reading` and `workbooks` know files, `columns` and `values` know headings and cells, `kinds` what a list can
be of (`products` here; an app above adds its own), `operations` opens, checks, applies, stops and resumes.
"""
