"""Routes of products and sellers."""

from __future__ import annotations

from fastapi import APIRouter

from services.orders.api.catalogue import products, sellers

router = APIRouter(prefix="/admin/v1")
router.include_router(products.router)
router.include_router(sellers.router)
