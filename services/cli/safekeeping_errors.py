"""What can stand in the way of a backup or a restore."""


class SafekeepingError(Exception):
    """What stands in the way, in a sentence for the person at the terminal."""
