"""Ways out: text messages and email behind one port each."""
