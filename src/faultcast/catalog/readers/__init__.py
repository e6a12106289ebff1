"""One reader a catalog format; `faultcast.catalog.read_catalog` chooses among them."""
