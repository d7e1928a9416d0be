curl http://127.0.0.1:8080/v1beta/tasks/multitask \
  -F 'spec={"output_type": "json", "output_description": "capital and currency"};type=application/json' \
  -F 'inputs=@countries.csv;type=text/csv'
