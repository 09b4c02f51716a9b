"""The lock of a worker's folder, while others tidy up."""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor

import psutil
from bdc_ingester.claims import LOCK_SUFFIX, Claims, reclaim
from bdc_ingester.spool import Spool


def test_a_worker_keeps_its_folder_although_its_lock_was_tidied_away_while_it_took_it(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.create()
    claims = Claims(spool)
    lock = claims.path.with_name(claims.path.name + LOCK_SUFFIX)
    tidying = os.open(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(tidying, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        entering = pool.submit(claims.__enter__)
        while not _is_opened_twice(lock):
            pass
        lock.unlink()
        os.close(tidying)
        entering.result()

    reclaim(spool)

    assert claims.path.is_dir()
    claims.__exit__()
    assert not claims.path.exists()


def _is_opened_twice(path) -> bool:
    return [each.path for each in psutil.Process().open_files()].count(str(path)) > 1
