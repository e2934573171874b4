"""The newvoices command line and the composition of the three services."""
