"""The naive design to compare with: Flask, and Keras's `predict` inside the request."""

import sys

from flask import Flask, request
from werkzeug.serving import make_server

from ml.bench.runtimes import CONTESTANTS
from ml.paths import DEFAULT_MODEL

app = Flask(__name__)
# One view of a photo; SkinScreen averages four.
answer = CONTESTANTS["keras_predict"].load(DEFAULT_MODEL, DEFAULT_MODEL)


@app.get("/")
def ready():
    return "ready"


@app.post("/")
def classify():
    return {"probability": answer(request.files["photo"].read())}


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
