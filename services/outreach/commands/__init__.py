"""What outreach changes: one function a command, each within the caller's transaction."""
