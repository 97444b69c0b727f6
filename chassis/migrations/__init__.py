"""How a service's tables come to be, and change without loss: the revisions in its folder `migrations`.

    python -m chassis.migrations apps.users                        # apply those that are missing
    python -m chassis.migrations apps.users revision "Add phones"  # write the next one, from its models

gunicorn does the first at every start (apps/gunicorn.conf.py). There is no way back: what was wrong, the next
revision puts right. A database that is newer than the code is left as it is, so that an older version of a
service can be started again: a revision only adds, and what nobody uses any more goes in a later one.
"""

from chassis.migrations._revisions import Revisions
from chassis.migrations._upgrade import upgrade

__all__ = ["Revisions", "upgrade"]
