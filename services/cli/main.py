"""The newvoices command line."""
