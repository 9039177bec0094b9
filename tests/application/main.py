# SPDX-License-Identifier: Apache-2.0
"""An application that has users of its own, as Keyhold finds one that it takes over: FastAPI, a table of users, bcrypt, JWTs under a shared secret.

The tests run it as its operator would (tests/e2e/fastapi_service.py). It answers what the tutorial's clients read, and knows nothing of Keyhold."""
import time

import bcrypt
import config
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.exc import IntegrityError

engine = create_engine(config.DATABASE_URL, future=True)
tables = MetaData()
users = Table("users", tables, Column("id", Integer, primary_key=True, index=True), Column("username", String(255), unique=True, index=True),
              Column("password", String(255)))
tables.create_all(engine)

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="login")


class Credentials(BaseModel):
    username: str
    password: str


def refused(detail):
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


def find(username):
    with engine.connect() as connection:
        return connection.execute(select(users).where(users.c.username == username)).first()


def signed_in(token: str = Depends(bearer)):
    """The row of whom a token is about."""
    try:
        username = jwt.decode(token, config.SECRET_KEY, algorithms=[config.ALGORITHM], options={"verify_aud": False})["sub"]
    except (jwt.PyJWTError, KeyError):
        raise refused("Could not validate credentials") from None
    if (user := find(username)) is None:
        raise refused("Could not validate credentials")
    return user


@app.post("/register")
def register(sent: Credentials):
    hashed = bcrypt.hashpw(sent.password.encode(), bcrypt.gensalt(config.BCRYPT_ROUNDS)).decode()
    try:
        with engine.begin() as connection:
            connection.execute(insert(users).values(username=sent.username, password=hashed))
    except IntegrityError:
        raise HTTPException(400, "Username already exists") from None
    return {"msg": "User created successfully"}


@app.post("/login")
def log_in(sent: Credentials):
    user = find(sent.username)
    if user is None or not bcrypt.checkpw(sent.password.encode(), user.password.encode()):
        raise refused("Invalid credentials")
    claims = {"sub": user.username, "exp": int(time.time()) + 60 * config.ACCESS_TOKEN_EXPIRE_MINUTES}
    return {"access_token": jwt.encode(claims, config.SECRET_KEY, config.ALGORITHM), "token_type": "bearer"}


@app.get("/protected")
def protected(user=Depends(signed_in)):
    return {"message": f"Welcome {user.username}"}
