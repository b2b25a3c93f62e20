# One image for web, worker and beat. `docker compose up --build` builds it.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /app
COPY requirements-serve.txt .
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv venv /venv \
    && uv pip install --no-cache --require-hashes --compile-bytecode --python /venv/bin/python -r requirements-serve.txt

FROM python:3.11.14-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SKINSCREEN_HOME=/state SKINSCREEN_BIND=0.0.0.0
RUN useradd --uid 10001 --no-create-home skinscreen && install -d -o skinscreen -m 700 /state
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
USER skinscreen
EXPOSE 8000
CMD ["gunicorn", "-c", "python:skinscreen.gunicorn", "skinscreen.wsgi"]
