"""The template, built and deployed with the real `sam` into ministack, and used as a caller uses it. Not for pytest.

`make deploy-emulated` plays the scenario; `make deploy-emulated-mutations` also takes away each statement of our roles.
"""
