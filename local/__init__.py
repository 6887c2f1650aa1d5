"""The embedded stack: the template, the state machine and the handlers of the service, on one machine."""
