"""For the Python of `sam`: requests as JSON on standard input, as the events that `sam local` makes of them."""

import json
import sys

from flask import Flask, request
from samcli.local.apigw.event_constructor import construct_v2_event_http  # type: ignore[import-not-found]  # in sam's environment

app = Flask(__name__)
events = []
for sent in json.load(sys.stdin):
    with app.test_request_context(
        sent["path"],
        query_string=sent["query"],
        method=sent["method"],
        headers=sent["headers"],
        data=sent["body"].encode() or None,
        base_url="http://localhost",
    ):
        events.append(construct_v2_event_http(request, 80, ["image/png"], "$default", None, "$default"))
json.dump(events, sys.stdout)
