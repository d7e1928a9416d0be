curl http://127.0.0.1:8080/v1beta/tasks/multitask \
  -H 'content-type: application/json' \
  -H "x-api-key: ${PARALLEL_API_KEY:-emulator}" \
  -d '{
    "inputs": [{"country": "France"}, {"country": "Japan"}, {"country": "Kenya"}],
    "output_type": "json",
    "output_description": "capital, region and area in km2",
    "processor": "lite"
  }'
