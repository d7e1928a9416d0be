curl -N "$URL.sse"
