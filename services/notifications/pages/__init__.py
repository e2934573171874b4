"""Pages of notifications: delivery, the inbox, tasks, templates; and those behind email links."""
