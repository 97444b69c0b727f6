"""What comes before a run's first request: accounts, plan, baseline, header."""

from proof.ledger.baseline import running_services, settled_counters
from proof.ledger.runs import Run, new_run_id
from proof.traffic.clock import Clock
from proof.traffic.run import LEAD_SECONDS, Prepared, require_rate
from stackctl.errors import StackError
from stackctl.query import Shop
from stackctl.run.service_settings import saga_mode
from stackctl.shop_scenarios import KINDS, SagaMode
from stackctl.shop_scenarios.catalogue import fetch_catalogue
from stackctl.shop_scenarios.clients import ADMIN
from stackctl.shop_scenarios.plan import make_plan
from stackctl.shop_scenarios.profiles import weights
from stackctl.shop_scenarios.sign_up import sign_everybody_in


def prepare(clock: Clock, rate: float, duration: float, seed: int, profile: str) -> Prepared:
    """Plan a run and write its header: from now on it can be verified, whatever happens to this process."""
    weights(profile)
    require_rate(rate)
    mode, run_id, shop = _saga_mode(), new_run_id(), Shop()
    clients = sign_everybody_in(shop, run_id)
    plan = make_plan(profile, rate, duration, seed, run_id, fetch_catalogue(shop, clients.token(ADMIN)))
    baseline = settled_counters(running_services())
    counted_from = clock.now()
    run = Run(
        run_id,
        seed,
        rate,
        duration,
        profile,
        planned=len(plan),
        started_at=clock.now() + LEAD_SECONDS,
        details={"saga_mode": mode, "customers": clients.user_ids()},
        baseline=baseline,
        counted_from=counted_from,
    )
    run.save()
    return Prepared(run, plan, clients, KINDS)


def _saga_mode() -> SagaMode:
    try:
        return SagaMode(saga_mode().lower())
    except ValueError:
        hint = f"Traffic knows what to expect of {' and '.join(SagaMode)}."
        raise StackError(f"SAGA_MODE is {saga_mode()}.", hint) from None
