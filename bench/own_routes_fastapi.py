# SPDX-License-Identifier: Apache-2.0
"""The tutorial's service with the same route of its own: suite_own_routes.py starts it, with the tutorial's folder on the path."""
from typing import List, Optional

from auth import get_current_user
from fastapi import Depends
from main import app
from pydantic import BaseModel, Field


class Item(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    count: int = Field(ge=1, le=1000)


class Order(BaseModel):
    customer: str = Field(min_length=1, max_length=60)
    note: str = Field(max_length=200)
    priority: Optional[int] = Field(None, ge=0, le=9)
    items: List[Item] = Field(min_items=1, max_items=8)


@app.post("/orders")
def take(order: Order, user=Depends(get_current_user)):
    return {"message": f"Welcome {user.username}"}
