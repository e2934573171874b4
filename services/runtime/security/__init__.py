"""Who is asking, what they may do, and how what people told us is kept.

Import from the modules themselves (`security.permissions`, `security.gate`, `security.sealing`):
this file stays empty so that a service that only seals does not load the sign-in libraries.
"""
