# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/endoatlas && /opt/endoatlas/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY alembic alembic
COPY seed_data seed_data
RUN /opt/endoatlas/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && ENDOATLAS_DATABASE_URL=sqlite:////opt/endoatlas/var/endoatlas.db /opt/endoatlas/bin/endoatlas load

FROM python:3.11-slim
COPY --from=build /opt/endoatlas /opt/endoatlas
RUN useradd --system --no-create-home --uid 10001 endoatlas
USER endoatlas
WORKDIR /opt/endoatlas
ENV ENDOATLAS_HOST=0.0.0.0 ENDOATLAS_DATABASE_URL=sqlite:////opt/endoatlas/var/endoatlas.db?immutable=1 \
    PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["/opt/endoatlas/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"ENDOATLAS_PORT\", 8000)}/readyz')"]
ENTRYPOINT ["/opt/endoatlas/bin/endoatlas"]
CMD ["serve"]
