"""Numbers of MM-STT's tables and figures."""
