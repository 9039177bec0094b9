# SPDX-License-Identifier: Apache-2.0
SECRET_KEY = "your_secret_key"
ALGORITHM = "HS256"
ACCESS_TOKEN_EXPIRE_MINUTES = 30
DATABASE_URL = "sqlite:///./test.db"
BCRYPT_ROUNDS = 4
