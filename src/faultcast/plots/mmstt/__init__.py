"""MM-STT's figures."""
