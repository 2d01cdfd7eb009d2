"""/ops: is it up, does it serve data yet, how far are the sinks."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response, status

from aethermart.api.authorise import Needs
from aethermart.api.problems import RESPONSES
from aethermart.api.routes.asked import LakeOf, OpsOf, ShopQuery, known_shop
from aethermart.client.answers.ops import Health, Readiness, SinkList
from aethermart.identity.roles import Permission

# For load balancers and supervisors, which have no token: they show no data.
open_router = APIRouter(prefix="/ops", tags=["ops"])
router = APIRouter(prefix="/ops", tags=["ops"], responses=RESPONSES)
_READ = [Depends(Needs(Permission.OPS_READ))]


@open_router.get("/health")
def health() -> Health:
    """The process answers."""
    return Health()


@open_router.get(
    "/ready",
    responses={503: {"model": Readiness, "description": "Not yet; the body says what is missing."}},
)
def ready(ops: OpsOf, response: Response) -> Readiness:
    """Whether data are served yet."""
    readiness = ops.readiness()
    if not readiness.ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return readiness


@router.get("/sinks", dependencies=_READ)
def sinks(ops: OpsOf, lake: LakeOf, asked: ShopQuery) -> SinkList:
    """How far each projection of the log has come, a row a sink and shop."""
    shop = known_shop(lake, asked.shop)
    states = ops.sinks()
    return SinkList(sinks=tuple(s for s in states if shop is None or s.shop == shop))
