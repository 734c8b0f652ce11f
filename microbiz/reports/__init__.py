"""Today at a glance, and reports: what managers read. Reads every app and writes nothing."""
