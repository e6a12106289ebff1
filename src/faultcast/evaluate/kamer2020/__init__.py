"""One file a figure; nothing is imported here, so that each figure is tracked alone."""
