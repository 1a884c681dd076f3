# picklebot in a container: built with uv from the lock file, run as an ordinary user.
#   docker build -t picklebot . && docker run -p 127.0.0.1:8080:8080 -v "$PWD/workspace:/workspace" picklebot
# In a container the page listens on all of the container's addresses, so it asks for a token:
# set PICKLEBOT_MESSAGEBUS__WEB__TOKEN.

FROM python:3.11-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project
COPY src src
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 picklebot && install -d -o picklebot -g picklebot /workspace
COPY --from=build --chown=root:root /app/.venv /app/.venv
ENV PATH="/app/.venv/bin:$PATH" PYTHONUNBUFFERED=1 PICKLEBOT_WORKSPACE=/workspace \
    PICKLEBOT_MESSAGEBUS__WEB__HOST=0.0.0.0 PICKLEBOT_MESSAGEBUS__WEB__PORT=8080
USER picklebot
WORKDIR /workspace
VOLUME /workspace
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD python -c "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8080/healthz'), timeout=4)"
STOPSIGNAL SIGTERM
CMD ["picklebot", "run"]
