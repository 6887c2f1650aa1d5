"""What a deployment into the emulator says nothing about."""

CANNOT_PROVE = ["todo"]
