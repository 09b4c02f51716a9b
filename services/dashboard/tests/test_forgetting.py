"""The dashboard forgets whom the errors of runs quote."""

from datetime import timedelta

from bdc_chassis.forgetting import Redactor
from bdc_contracts import ForgottenKeys, email_subject
from bdc_dashboard.forgetting import erase
from bdc_dashboard.runs import Run
from bdc_dashboard.store import newest_runs, save_runs


async def test_errors_stay_without_whom_they_quote(engine, now):
    nobody = ForgottenKeys(salt="s", hashes=())
    redactor = Redactor(nobody.model_copy(update={"hashes": (nobody.hashed(email_subject("ann@x.org")),)}))
    errors = ["The mail of Ann Lee <ann@x.org> cannot be read.", "ben@x.org was refused.", None]
    runs = [Run(f"r-{n}", "mailing", "boost", now, now + timedelta(1), error=error) for n, error in enumerate(errors)]
    async with engine.begin() as tx:
        await save_runs(tx, runs)

        erased = await erase(tx, redactor)

        left = {run.error for run in await newest_runs(tx, limit=10)}
    assert erased.counts == {"runs": 1}
    assert len(left) == 3
    assert not [error for error in left if error and "ann" in error.lower().replace("cannot", "")]
