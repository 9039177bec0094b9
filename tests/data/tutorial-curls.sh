# The commands of the tutorial's section 9, as printed.
curl -X 'POST' 'http://127.0.0.1:8000/register' -H 'Content-Type: application/json' -d '{"username": "testuser", "password": "testpass"}'
curl -X 'POST' 'http://127.0.0.1:8000/login' -H 'Content-Type: application/json' -d '{"username": "testuser", "password": "testpass"}'
curl -X 'GET' 'http://127.0.0.1:8000/protected' -H 'Authorization: Bearer <your_token>'
