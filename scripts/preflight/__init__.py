"""Says before a deployment to AWS what would keep it from working, without creating anything.

`--deploy` makes a change set for review; `--prove`, after the deployment, runs a benchmark of two cases through the API.
"""
