"""`POST /decisions`: what somebody decides on a page goes to identity; then back to that page."""

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.source.decisions import decide
from bdc_dashboard.web.forms import decision_form
from bdc_dashboard.web.site import Site

SEE_OTHER = 303
FORBIDDEN = 403
BAD_GATEWAY = 502


async def decisions(site: Site, request: Request) -> Response:
    """Pass a decision on and return to where it was made."""
    form = await decision_form(request)
    if not site.may_decide:
        raise HTTPException(FORBIDDEN, "Nobody may decide here: set BDC_IDENTITY_TOKEN for the dashboard.")
    token = site.settings.identity_token.get_secret_value()
    made = await attempt(decide(site.api, form.asked(), token))
    if made.value is None:
        return site.page(
            request, "problem.html", status=BAD_GATEWAY, heading="Not decided", reason=made.problem or "It was refused."
        )
    joint = "&" if "?" in form.back else "?"
    return RedirectResponse(f"{form.back}{joint}{urlencode({'done': made.value.id})}", SEE_OTHER)
