"""The practice library: what co-production is, and examples that staff wrote and others checked."""
