class BackupError(Exception):
    """A backup that cannot be written or read. The text says why and what to do; nothing has changed."""
