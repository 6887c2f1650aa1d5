"""Says before a deployment to AWS what would keep it from working, without creating anything.

`--deploy` makes a change set for review. `--prove` runs two cases through the API of what was deployed.
"""
