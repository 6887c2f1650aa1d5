"""ministack with its gaps filled that keep this template from being deployed, run and proven.

Runs in the emulator's own environment. Each gap is one function with a sentence that says what is missing as shipped.
"""
