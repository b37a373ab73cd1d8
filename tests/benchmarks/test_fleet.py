"""Work is shared by servers, and what a lost one leaves is done by the others."""

import threading

import pytest
from dragkit.benchmarks.fleet import Fleet
from dragkit.tools.client import PromptError
from dragkit.tools.environment import SetupError


class FakeClient:
    """A server that answers until it is lost."""

    def __init__(self, address: str) -> None:
        self.address, self.lost = address, False

    def get(self, path: str) -> dict:
        if self.lost:
            raise OSError("no answer")
        return {}


def test_a_server_lost_at_the_very_end_gives_its_work_to_one_that_was_done():
    steady, failing = FakeClient("steady"), FakeClient("failing")
    done, taken, idle = [], threading.Event(), threading.Event()

    def work(client: FakeClient, job: str) -> None:
        if client is failing:
            taken.set()
            idle.wait(10)
            client.lost = True
            raise OSError("gone")
        taken.wait(10)
        done.append(job)
        threading.Timer(0.3, idle.set).start()

    fleet = Fleet([steady, failing], work, lambda job, reason: done.append("failed"))
    fleet.run([["a"], ["b"]])
    assert sorted(done) == ["a", "b"]


def test_a_failed_job_is_noted_and_the_rest_go_on():
    noted, done = [], []

    def work(client: FakeClient, job: int) -> None:
        if job == 2:
            raise PromptError("bad job", "failed", {})
        done.append(job)

    Fleet([FakeClient("a")], work, lambda job, reason: noted.append((job, reason))).run([[1, 2], [3]])
    assert done == [1, 3] and noted == [(2, "bad job")]


def test_without_any_server_left_the_run_ends():
    client = FakeClient("a")

    def work(client: FakeClient, job: int) -> None:
        client.lost = True
        raise OSError("gone")

    with pytest.raises(SetupError, match="No server answers any more: a"):
        Fleet([client], work, lambda job, reason: None).run([[1]])


def test_an_error_of_ours_ends_the_run():
    def work(client: FakeClient, job: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Fleet([FakeClient("a"), FakeClient("b")], work, lambda job, reason: None).run([[1], [2], [3]])
