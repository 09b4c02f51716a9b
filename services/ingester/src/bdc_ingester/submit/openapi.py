"""How `POST /submit` and `GET /status` are described to programs (OpenAPI 3.1)."""

from typing import Any, Final

ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "status", "message"],
    "properties": {"id": {"type": "string"}, "status": {"type": "string"}, "message": {"type": "string"}},
}


def _answers(**codes: str) -> dict[str, Any]:
    content = {"application/json": {"schema": ANSWER}}
    return {code.removeprefix("_"): {"description": text, "content": content} for code, text in codes.items()}


SUBMIT: Final[dict[str, Any]] = {
    "security": [{"bearer": []}],
    "requestBody": {
        "required": True,
        "description": "A KCIDB submission of any version of its schema, from the token's origin alone.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "responses": _answers(
        _200="It is in the spool; `id` is what /status takes.",
        _400="The body is empty or no JSON.",
        _401="There is no good token.",
        _403="An object, or its id, is of another origin than the token.",
        _408="The body did not come in time.",
        _413="The body is too large.",
        _503="It could not be stored, or nothing is accepted here.",
    ),
}

STATUS: Final[dict[str, Any]] = {
    "security": [{"bearer": []}],
    "parameters": [
        {
            "name": "id",
            "in": "query",
            "required": True,
            "description": "What /submit answered.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9]+$"},
        }
    ],
    "responses": _answers(
        _200="`status` is inprogress, ready, processed or failed.",
        _400="The id is none.",
        _401="There is no good token.",
        _404="`status` is notfound.",
        _503="Nothing is accepted here.",
    ),
}
