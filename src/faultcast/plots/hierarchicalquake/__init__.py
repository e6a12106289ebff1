"""The figures of HierarchicalQuake, one file each; nothing is imported here."""
