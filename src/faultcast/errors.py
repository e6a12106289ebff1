"""Every error that a user can cause, each with a text that says what to do about it."""


class FaultcastError(Exception):
    """Root of the errors that a user can cause.

    The text says what was found, what was expected, and what to do.
    """


class ConfigError(FaultcastError):
    """The configuration is wrong; the text lists every fault, one a line."""


class CatalogError(FaultcastError):
    """A catalog, a region or a selection of events cannot be used."""


class DownloadError(FaultcastError):
    """A dataset could not be fetched or does not match its checksum."""


class DataError(FaultcastError):
    """Values given to a kernel, a model or a score make no sense."""


class OutputError(FaultcastError):
    """A result could not be written (disk full, read-only, no permission)."""
