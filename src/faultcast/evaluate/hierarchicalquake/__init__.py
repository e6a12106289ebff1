"""The numbers behind the tables and figures of HierarchicalQuake; nothing is imported here."""
