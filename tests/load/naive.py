"""The design that SkinScreen is compared with: Flask, with the network inside the request."""

import sys

from flask import Flask, request
from werkzeug.serving import make_server

from ml.bench.runtimes import RUNTIMES
from ml.paths import DEFAULT_MODEL


def serve(name):
    """Return an app that classifies the uploaded file itself, with a runtime of `RUNTIMES`."""
    app, runtime = Flask(__name__), RUNTIMES[name]
    answer = runtime.load(DEFAULT_MODEL, DEFAULT_MODEL)

    @app.get("/")
    def ready():
        return "ready"

    @app.post("/")
    def classify():
        photo = runtime.prepare(request.files["photo"].read())
        return {"probability": answer(photo)}

    return app


if __name__ == "__main__":
    # One view of a photo; SkinScreen averages four.
    app = serve("keras_predict")
    make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
