# The shop's application server and its background worker: one image, two commands (docker-compose.yml).
FROM python:3.11-slim-trixie AS build
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.txt ./
RUN /app/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# Static files do not depend on the installation: gathered once, under settings that are never used to serve.
RUN MICROBIZ_DATA=/tmp/build SECRET_KEY=only-while-the-image-is-built ALLOWED_HOSTS=build.invalid \
    MICROBIZ_STATIC=/app/static-files /app/.venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-trixie
# pg_dump and pg_restore for manage.py backup and restore, of the same release as the database (docker-compose.yml).
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data shop && mkdir /data && chown shop /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MICROBIZ_DATA=/data MICROBIZ_STATIC=/app/static-files MICROBIZ_BIND=0.0.0.0 PORT=8000
USER shop
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 CMD ["python", "-m", "microbiz.healthcheck"]
CMD ["gunicorn", "--config", "gunicorn.conf.py"]
