# The program for the production shape: roles of `turnout serve` against servers that
# run elsewhere. The embedded engine is not in it.

FROM node:24-bookworm-slim AS page
WORKDIR /src/dashboards/web
COPY dashboards/web/package.json dashboards/web/package-lock.json dashboards/web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY dashboards/web/ ./
RUN npm run build

FROM golang:1.26-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=page /src/dashboards/web/dist/ dashboards/web/dist/
RUN go build -trimpath -o /out/turnout .

# Debian and not Alpine: the program loads the engine's library, which needs glibc,
# where one is given to it.
FROM debian:bookworm-slim
RUN apt-get update \
	&& apt-get install -y --no-install-recommends ca-certificates curl \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --uid 10001 --home-dir /var/lib/turnout --create-home turnout
COPY --from=program /out/turnout /usr/local/bin/turnout
USER turnout
WORKDIR /var/lib/turnout
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
	CMD ["curl", "--silent", "--fail", "--output", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["turnout"]
CMD ["serve", "gateway", "consumer", "dashboard"]
