"""The ground that all rooms stand on: settings, files, errors, names of modules."""
