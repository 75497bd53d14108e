"""Why a claim cannot be judged."""


class NotTestable(Exception):
    """The study has not what a claim needs; the message says what."""
