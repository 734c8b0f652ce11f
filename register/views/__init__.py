"""The pages of the counter. Each finds the record, parses, calls one operation and answers."""
